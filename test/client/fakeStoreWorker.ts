import { KvError } from '../../src/core/errors.js';
import { type PageId, pageName } from '../../src/core/pageId.js';
import type { PageView } from '../../src/core/pageView.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import type { Lane, LaneGet, LanePut, LentPage, SealedPage } from '../../src/transfer/lane.js';

/** One worker of the fake store: its pages, and what it does to calls. */
export class FakeStoreWorker {
  readonly pages = new Map<string, SealedPage>();
  readonly asked: string[] = [];
  state = 'ready';
  isDown = false;
  /** Answers `throttled` so many times more. */
  throttles = 0;
  /** Answers nothing until its signal aborts. */
  isSilent = false;
  canLend = false;
  lent = 0;
  /** What Flush answers. */
  unflushedPages = 0;
  /** What GetPages answers for every page, when set. */
  answer: LaneGet | null = null;

  constructor(
    readonly id: string,
    readonly address: string,
    readonly layers: { readonly from: number; readonly to: number },
  ) {}

  keep(id: PageId, view: PageView, blockIndex = 0): void {
    this.pages.set(pageName(id), { id, view, blockIndex, checksum: pageChecksum(view) });
  }
}

/** A lane of the port's form straight to a fake worker. */
export class FakeLane implements Lane {
  readonly kind = 'tcp';
  readonly peer: string;
  readonly figures = { gotPages: 0, gotBytes: 0, putPages: 0, putBytes: 0, lentPages: 0 };
  readonly isOpen = true;
  readonly lend: Lane['lend'];

  constructor(private readonly worker: FakeStoreWorker) {
    this.peer = worker.address;
    this.lend = worker.canLend ? async (id) => this.#lend(id) : null;
  }

  async get(id: PageId, into: PageView, signal?: AbortSignal): Promise<LaneGet> {
    const trouble = await this.#before(id, signal);
    if (trouble !== null) return trouble;
    const page = this.worker.pages.get(pageName(id));
    if (page === undefined) return { kind: 'miss' };
    into.k.set(page.view.k);
    into.v.set(page.view.v);
    return { kind: 'hit', blockIndex: page.blockIndex, checksum: page.checksum };
  }

  async put(page: SealedPage, signal?: AbortSignal): Promise<LanePut> {
    const trouble = await this.#before(page.id, signal);
    if (trouble !== null && trouble.kind !== 'hit' && trouble.kind !== 'miss') return trouble;
    if (pageChecksum(page.view) !== page.checksum) return { kind: 'corrupt', reason: 'checksum' };
    const name = pageName(page.id);
    if (this.worker.pages.has(name)) return { kind: 'present' };
    this.worker.pages.set(name, { ...page, view: { k: page.view.k.slice(), v: page.view.v.slice() } });
    return { kind: 'stored' };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #lend(id: PageId) {
    const page = this.worker.pages.get(pageName(id));
    if (page === undefined) return { kind: 'miss' } as const;
    this.worker.lent += 1;
    let isLent = true;
    const lent: LentPage = {
      id,
      blockIndex: page.blockIndex,
      checksum: page.checksum,
      leaseMs: 1000,
      read: (use) => ({ kind: 'read', value: use(page.view) }),
      verify: () => 'right',
      release: () => {
        if (isLent) this.worker.lent -= 1;
        isLent = false;
      },
    };
    return { kind: 'lent', page: lent } as const;
  }

  async #before({ layer }: PageId, signal?: AbortSignal): Promise<LaneGet | null> {
    this.worker.asked.push(`${layer}`);
    if (this.worker.isSilent) {
      await new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
      });
    }
    if (this.worker.isDown) return { kind: 'unavailable', cause: new KvError('unavailable', 'it broke') };
    if (this.worker.throttles > 0) {
      this.worker.throttles -= 1;
      return { kind: 'throttled', retryAfterMs: 100 };
    }
    return this.worker.answer;
  }
}
