import { conversationsMax, followUpShareMax } from '../policy/followUpBounds.js';
import type { PrefetchPolicy } from '../policy/prefetchPolicy.js';
import type { ServingTimes } from './servingTimes.js';
import type { TierCaches } from './tierCaches.js';
import type { Trace } from './trace.js';

interface Conversation {
  /** Its last turn. */
  readonly request: number;
  readonly endedMs: number;
  /** When its blocks are to be brought up, or null. */
  readonly dueMs: number | null;
  /** Blocks that were looked at. */
  brought: number;
}

/**
 * Brings the blocks of conversations up to the first tier when their next turn is due, while the link has nothing
 * else to do. A turn goes on where another ended when it has that one's last whole block.
 */
export class FollowUps {
  readonly #trace: Trace;
  readonly #policy: PrefetchPolicy;
  readonly #caches: TierCaches;
  readonly #times: ServingTimes;
  readonly #blocksMax: number;
  /** By last whole block, the one that ended first before the others. */
  readonly #conversations = new Map<number, Conversation>();
  /** Those that are due some time, the first one first. */
  readonly #due: Conversation[] = [];

  /** @param capacity of the first tier, in blocks. */
  constructor(
    trace: Trace,
    policy: PrefetchPolicy,
    caches: TierCaches,
    times: ServingTimes,
    capacity: number,
  ) {
    this.#trace = trace;
    this.#policy = policy;
    this.#caches = caches;
    this.#times = times;
    this.#blocksMax = Math.floor(followUpShareMax * capacity);
  }

  /** Brings what is due before `nowMs`, as far as the link has time for it. */
  bring(nowMs: number): void {
    for (let next = this.#due[0]; next !== undefined && next.dueMs! <= nowMs; next = this.#due[0]) {
      if (!this.#bringBlocks(next, nowMs)) return;
      this.#due.shift();
    }
  }

  /** A request came, before its blocks are used. */
  came(request: number): void {
    if (!this.#policy.expectsTurns) return;
    const { blocks, firstAccess, timeMs } = this.#trace;
    for (let at = firstAccess[request + 1]! - 1; at >= firstAccess[request]!; at -= 1) {
      const conversation = this.#conversations.get(blocks[at]!);
      if (conversation === undefined) continue;
      this.#forget(blocks[at]!, conversation);
      this.#policy.followed(Math.max(0, timeMs[request]! - conversation.endedMs));
      return;
    }
  }

  ended(request: number, endedMs: number): void {
    if (!this.#policy.expectsTurns) return;
    const { blocks, blockTokens, firstAccess, inputTokens } = this.#trace;
    const first = firstAccess[request]!;
    const whole = Math.min(
      firstAccess[request + 1]! - first,
      Math.floor(inputTokens[request]! / blockTokens),
    );
    if (whole === 0) return;
    const waitMs = this.#policy.ended();
    const key = blocks[first + whole - 1]!;
    const before = this.#conversations.get(key);
    if (before !== undefined) this.#forget(key, before);
    const dueMs = waitMs === null ? null : endedMs + waitMs;
    const conversation = { request, endedMs, dueMs, brought: 0 };
    this.#conversations.set(key, conversation);
    if (dueMs !== null) {
      const behind = this.#due.findLastIndex((one) => one.dueMs! <= dueMs);
      this.#due.splice(behind + 1, 0, conversation);
    }
    if (this.#conversations.size <= conversationsMax) return;
    const [oldest] = this.#conversations;
    if (oldest !== undefined) this.#forget(...oldest);
  }

  /** @returns whether nothing of it is left to be brought. */
  #bringBlocks(conversation: Conversation, nowMs: number): boolean {
    const { blocks, firstAccess } = this.#trace;
    const { request, dueMs } = conversation;
    const first = firstAccess[request]!;
    const end = Math.min(firstAccess[request + 1]!, first + this.#blocksMax);
    for (; first + conversation.brought < end; conversation.brought += 1) {
      const block = blocks[first + conversation.brought]!;
      const tier = this.#caches.tierOf(block);
      if (tier <= 0) continue;
      if (!this.#times.takeLink(dueMs!, this.#caches.loadMs[tier]!, nowMs)) return false;
      this.#caches.bring(block, request);
    }
    return true;
  }

  #forget(key: number, conversation: Conversation): void {
    this.#conversations.delete(key);
    const at = conversation.dueMs === null ? -1 : this.#due.indexOf(conversation);
    if (at >= 0) this.#due.splice(at, 1);
  }
}
