import { KvError } from '../core/errors.js';
import type { PageId } from '../core/pageId.js';
import { copyPage, type PageView } from '../core/pageView.js';
import type { Cancel, Clock } from '../core/ports/clock.js';
import type { Lane, LaneTrouble, LentPage, PageSeal } from '../transfer/lane.js';
import type { HostThrottled, PageHost } from '../transfer/pageHost.js';
import type { CopyLimits } from './copyLimits.js';

export type PullEnd =
  | { readonly kind: 'copied' }
  /** It came in the meantime, or had been here. */
  | { readonly kind: 'present' }
  /** The other side does not have it. */
  | { readonly kind: 'missing' }
  /** It is wrong there, or there is no room here. */
  | { readonly kind: 'failed' }
  /** Nothing more can be had over this lane. */
  | { readonly kind: 'gone'; readonly cause: KvError };

type Try = PullEnd | HostThrottled;

export interface PullParts {
  readonly host: PageHost;
  readonly lane: Lane;
  readonly halfBytes: number;
  readonly clock: Clock;
  readonly limits: CopyLimits;
  readonly signal: AbortSignal;
}

const copied: PullEnd = { kind: 'copied' };
const failed: PullEnd = { kind: 'failed' };
const missing: PullEnd = { kind: 'missing' };
const present: PullEnd = { kind: 'present' };

/** Fetches single pages over a lane into the tiers, each verified where it lands. */
export class PagePull {
  readonly #parts: PullParts;
  /** Where pages land whose seal is not known before their bytes; as many as are on their way at once. */
  readonly #buffers: PageView[] = [];

  constructor(parts: PullParts) {
    this.#parts = parts;
  }

  /** Tries again, for a while, when one of both sides has no room for more now. Rejects when it is aborted. */
  async pull(id: PageId): Promise<PullEnd> {
    const { limits, signal } = this.#parts;
    for (let tries = 1; ; tries += 1) {
      signal.throwIfAborted();
      const end = await (this.#parts.lane.lend === null ? this.#get(id) : this.#borrow(id));
      if (end.kind !== 'throttled') return end;
      if (tries >= limits.triesMax) return failed;
      await this.#pause(Math.min(end.retryAfterMs, limits.retryAfterMsMax));
    }
  }

  async #get(id: PageId): Promise<Try> {
    const { halfBytes, lane, signal } = this.#parts;
    const view = this.#buffers.pop() ?? { k: new Uint8Array(halfBytes), v: new Uint8Array(halfBytes) };
    const got = await lane.get(id, view, signal);
    const copy = (into: PageView): 'whole' => {
      copyPage(view, into);
      return 'whole';
    };
    const end = got.kind === 'hit' ? await this.#store(id, got, copy) : endOf(got);
    this.#buffers.push(view);
    return end;
  }

  async #borrow(id: PageId): Promise<Try> {
    const { lane, signal } = this.#parts;
    const lent = await lane.lend!(id, signal); // asked only where there is one
    if (lent.kind !== 'lent') return endOf(lent);
    const { page } = lent;
    try {
      return await this.#store(id, page, (into) => readInto(page, into));
    } finally {
      page.release();
    }
  }

  /** @param fill puts the bytes where they belong, unless they were taken back before that. */
  async #store(id: PageId, seal: PageSeal, fill: (into: PageView) => 'whole' | 'expired'): Promise<Try> {
    const { host, limits, signal } = this.#parts;
    const { blockIndex, checksum } = seal;
    const reserved = await host.reserve(id, { blockIndex, checksum }, signal);
    if (reserved.kind === 'present') return present;
    if (reserved.kind === 'throttled') return reserved;
    if (reserved.kind !== 'room') return failed;
    const { room } = reserved;
    try {
      if (fill(room.view) === 'expired') {
        room.abandon();
        return { kind: 'throttled', retryAfterMs: limits.retryAfterMsMax };
      }
    } catch (thrown) {
      room.abandon();
      throw thrown;
    }
    const end = await room.complete();
    return end.kind === 'stored' ? copied : failed;
  }

  #pause(delayMs: number): Promise<void> {
    const { clock, signal } = this.#parts;
    return new Promise((resolve, reject) => {
      let cancel: Cancel = () => {};
      const abort = () => {
        cancel();
        reject(signal.reason);
      };
      cancel = clock.setTimer(delayMs, () => {
        signal.removeEventListener('abort', abort);
        resolve();
      });
      signal.addEventListener('abort', abort, { once: true });
    });
  }
}

/** A lease that ran out meanwhile leaves other bytes behind: nothing is wrong with the page itself. */
function readInto(page: LentPage, into: PageView): 'whole' | 'expired' {
  return page.read((view) => copyPage(view, into)).kind === 'read' ? 'whole' : 'expired';
}

function endOf(answer: { readonly kind: 'miss' } | { readonly kind: 'corrupt' } | LaneTrouble): Try {
  switch (answer.kind) {
    case 'miss':
      return missing;
    case 'corrupt':
      return failed;
    case 'throttled':
      return { kind: 'throttled', retryAfterMs: answer.retryAfterMs };
    case 'unavailable':
      return { kind: 'gone', cause: KvError.from(answer.cause, 'unavailable') };
  }
}
