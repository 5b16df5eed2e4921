import { setMaxListeners } from 'node:events';
import type { BlockKey } from '../core/blockKey.js';
import { blocksToResume } from '../core/blockSpan.js';
import { type Geometry, pageBytes } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';
import type { PageId } from '../core/pageId.js';
import type { Cancel, Clock } from '../core/ports/clock.js';
import { conversationsMax, followUpShareMax } from '../policy/followUpBounds.js';
import type { PrefetchPolicy } from '../policy/prefetchPolicy.js';
import type { TierStack } from '../tiers/tierStack.js';

/** Pages of one sequence that are brought up at once: enough to keep the disk busy. */
const pagesAtOnce = 8;

export interface PrefetcherParts {
  readonly policy: PrefetchPolicy;
  readonly stack: Pick<TierStack, 'raise' | 'stats' | 'whereIs'>;
  readonly clock: Clock;
  readonly geometry: Geometry;
  readonly range: LayerRange;
}

interface Conversation {
  readonly endedMs: number;
  readonly abort: AbortController;
  cancelTimer: Cancel;
}

const nothing: Cancel = () => {};

/** Brings pages from disk to pinned memory before a step asks for them, where the prefetch policy wants that. */
export class Prefetcher {
  readonly #parts: PrefetcherParts;
  /** By who waits for its first step. */
  readonly #queued = new Map<object, AbortController>();
  /** By the key of the last block of each, the one that ended first before the others. */
  readonly #conversations = new Map<BlockKey, Conversation>();
  #isClosed = false;

  constructor(parts: PrefetcherParts) {
    this.#parts = parts;
  }

  /** A sequence comes that begins with these blocks. */
  opened(chain: readonly BlockKey[]): void {
    if (!this.#parts.policy.expectsTurns) return;
    const before = chain.findLast((key) => this.#conversations.has(key));
    if (before === undefined) return;
    const { endedMs } = this.#conversations.get(before)!;
    this.#forget(before);
    this.#parts.policy.followed(this.#parts.clock.monotonicMs() - endedMs);
  }

  /** A sequence holds these pages, in the order in which it will read them; its first step has not come. */
  queued(sequence: object, pages: () => Iterable<PageId>): void {
    this.began(sequence);
    if (!this.#parts.policy.bringsQueued || this.#isClosed) return;
    const abort = new AbortController();
    this.#queued.set(sequence, abort);
    void this.#bring(pages(), abort.signal);
  }

  /** From now on the sequence's steps bring what they need, or it is gone. */
  began(sequence: object): void {
    this.#queued.get(sequence)?.abort();
    this.#queued.delete(sequence);
  }

  /** A sequence of these blocks ended. */
  ended(chain: readonly BlockKey[]): void {
    const { clock, policy } = this.#parts;
    const last = chain.at(-1);
    if (last === undefined || this.#isClosed || !policy.expectsTurns) return;
    const waitMs = policy.ended();
    this.#forget(last);
    const conversation = { endedMs: clock.monotonicMs(), abort: new AbortController(), cancelTimer: nothing };
    this.#conversations.set(last, conversation);
    if (waitMs !== null) {
      conversation.cancelTimer = clock.setTimer(waitMs, () => {
        // What it was to do holds on to all keys of the chain.
        conversation.cancelTimer = nothing;
        void this.#bring(this.#pagesToResume(chain), conversation.abort.signal);
      });
    }
    const [oldest] = this.#conversations.keys();
    if (this.#conversations.size > conversationsMax && oldest !== undefined) this.#forget(oldest);
  }

  close(): void {
    this.#isClosed = true;
    for (const sequence of this.#queued.keys()) this.began(sequence);
    for (const key of this.#conversations.keys()) this.#forget(key);
  }

  #forget(key: BlockKey): void {
    const conversation = this.#conversations.get(key);
    conversation?.cancelTimer();
    conversation?.abort.abort();
    this.#conversations.delete(key);
  }

  /** Block by block: the first ones are of use without those behind them. */
  *#pagesToResume(chain: readonly BlockKey[]): Iterable<PageId> {
    const { geometry, range, stack } = this.#parts;
    const pinnedBytes = stack.stats().find(({ tier }) => tier === 'pinned')?.budgetBytes ?? 0;
    let left = Math.floor((followUpShareMax * pinnedBytes) / pageBytes(geometry));
    const firsts = geometry.layers
      .slice(range.from, range.to)
      .map((attention) => blocksToResume(attention, geometry.blockTokens, chain.length).first);
    for (const [at, block] of chain.entries()) {
      for (const [index, first] of firsts.entries()) {
        if (at < first) continue;
        if (left === 0) return;
        left -= 1;
        yield { block, layer: range.from + index };
      }
    }
  }

  /** Ends with the first page that nothing in pinned memory makes way for. */
  async #bring(pages: Iterable<PageId>, signal: AbortSignal): Promise<void> {
    const { stack } = this.#parts;
    setMaxListeners(pagesAtOnce, signal);
    const rest = pages[Symbol.iterator]();
    let isFull = false;
    const bringSome = async (): Promise<void> => {
      for (let next = rest.next(); next.done !== true; next = rest.next()) {
        if (isFull || signal.aborted) return;
        if (stack.whereIs(next.value) !== 'disk') continue;
        const { kind } = await stack.raise(next.value, 'prefetch', signal);
        if (kind === 'full') isFull = true;
      }
    };
    await Promise.all(Array.from({ length: pagesAtOnce }, bringSome));
  }
}
