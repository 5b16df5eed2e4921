import { getMaxListeners, setMaxListeners } from 'node:events';
import PQueue from 'p-queue';
import type { BlockKey } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { PageId } from '../core/pageId.js';
import type { MoveOutcome } from '../transfer/moveOutcome.js';
import type { TransferEngine } from '../transfer/transferEngine.js';
import { PagePull, type PullEnd, type PullParts } from './pagePull.js';

export interface BlockCopyParts extends PullParts {
  readonly engine: TransferEngine;
  /** Of all copies of the worker together: its concurrency is `pagesOfAllCopiesMax`. */
  readonly turns: PQueue;
  has(id: PageId): boolean;
  /** The pages of a block that both sides serve. */
  pagesOf(block: BlockKey): readonly PageId[];
  /** A number that no other transfer of the engine has. */
  nextKey(): number;
}

/** What became of the pages so far. Those of the last kind were not there, were wrong, or could not be had. */
export interface CopyCounts {
  readonly pagesTotal: number;
  readonly pagesCopied: number;
  readonly pagesPresent: number;
  readonly pagesFailed: number;
  readonly bytesCopied: number;
}

const listenersPerPage = 3;

/** Copies blocks from another worker to this one: a bounded number of pages at once, after a step's loads. */
export class BlockCopy {
  readonly #parts: BlockCopyParts;
  readonly #pull: PagePull;
  readonly #queue: PQueue;
  readonly #counts = { pagesTotal: 0, pagesCopied: 0, pagesPresent: 0, pagesFailed: 0, bytesCopied: 0 };
  #gone: KvError | null = null;

  constructor(parts: BlockCopyParts) {
    const { pagesUnderWayMax, bytesUnderWayMax } = parts.limits;
    const most = Math.floor(bytesUnderWayMax / (2 * parts.halfBytes));
    this.#parts = parts;
    this.#pull = new PagePull(parts);
    const concurrency = Math.max(1, Math.min(pagesUnderWayMax, most));
    this.#queue = new PQueue({ concurrency });
    // Each page under way listens: in the engine, on the lane, and while it waits to try again.
    setMaxListeners(listenersPerPage * concurrency + getMaxListeners(parts.signal), parts.signal);
  }

  get counts(): CopyCounts {
    return this.#counts;
  }

  /** Why the other side gave no more; null while it does. What comes after that counts as failed. */
  get gone(): KvError | null {
    return this.#gone;
  }

  /** Takes one more block, once there is room for it. */
  async add(block: BlockKey): Promise<void> {
    const pages = this.#parts.pagesOf(block);
    this.#counts.pagesTotal += pages.length;
    let found = 0;
    let missed = 0;
    let left = pages.length;
    const ended = (kind: PullEnd['kind']): void => {
      this.#count(kind);
      if (kind === 'copied' || kind === 'present') found += 1;
      if (kind === 'missing') missed += 1;
      left -= 1;
      if (left > 0) return;
      // Layers with a window drop old pages: of a block that is there in part, the rest is not wanted.
      if (found > 0) this.#counts.pagesTotal -= missed;
      else this.#counts.pagesFailed += missed;
    };
    for (const page of pages) {
      await this.#queue.onSizeLessThan(1);
      void this.#queue.add(async () => ended(await this.#one(page)));
    }
  }

  /** Resolves when all that was added has ended. Rejects when it was aborted. */
  async end(): Promise<void> {
    await this.#queue.onIdle();
    this.#parts.signal.throwIfAborted();
  }

  #count(kind: PullEnd['kind']): void {
    const counts = this.#counts;
    if (kind === 'copied') {
      counts.pagesCopied += 1;
      counts.bytesCopied += 2 * this.#parts.halfBytes;
    } else if (kind === 'present') counts.pagesPresent += 1;
    else if (kind !== 'missing') counts.pagesFailed += 1;
  }

  async #one(page: PageId): Promise<PullEnd['kind']> {
    const { has, signal, turns } = this.#parts;
    if (this.#gone !== null || signal.aborted) return 'failed';
    if (has(page)) return 'present';
    return turns.add(() => this.#inTurn(page));
  }

  async #inTurn(page: PageId): Promise<PullEnd['kind']> {
    if (this.#gone !== null || this.#parts.signal.aborted) return 'failed';
    const end = await this.#transfer(page);
    if (end.kind === 'gone') this.#gone ??= end.cause;
    return end.kind;
  }

  /** Through the engine, which lets what steps wait for go first. */
  #transfer(page: PageId): Promise<PullEnd> {
    const { clock, engine, halfBytes, nextKey, signal } = this.#parts;
    const startMs = clock.monotonicMs();
    let end: PullEnd = { kind: 'failed' };
    return new Promise((resolve) => {
      engine.request(
        {
          key: nextKey(),
          class: 'prefetch',
          bytes: 2 * halfBytes,
          to: 'pinned',
          reserve: () => true,
          move: async (): Promise<MoveOutcome> => {
            try {
              end = await this.#pull.pull(page);
            } catch (cause) {
              return signal.aborted ? { kind: 'cancelled' } : { kind: 'failed', cause };
            }
            return outcomeOf(end, 2 * halfBytes, clock.monotonicMs() - startMs);
          },
        },
        () => resolve(end),
        signal,
      );
    });
  }
}

function outcomeOf(end: PullEnd, bytes: number, ms: number): MoveOutcome {
  switch (end.kind) {
    case 'copied':
      return { kind: 'moved', from: 'peer', bytes, ms };
    case 'gone':
      return { kind: 'failed', cause: end.cause };
    case 'failed':
      return { kind: 'failed', cause: new KvError('unavailable', 'the page could not be copied') };
    default:
      return { kind: 'miss' };
  }
}
