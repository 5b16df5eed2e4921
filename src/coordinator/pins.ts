import type { BlockKey } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';

/** A block that workers are asked to keep. */
export interface Pin {
  readonly block: BlockKey;
  /** Milliseconds since the Unix epoch. */
  readonly endsMs: number;
}

export interface PinChanges {
  readonly put: readonly Pin[];
  readonly dropped: readonly BlockKey[];
}

const none: PinChanges = { put: [], dropped: [] };

/** Blocks that are pinned for a while. `version` counts changes of the set of blocks. */
export class Pins {
  private readonly ends = new Map<BlockKey, number>();
  private changes = 0;
  /** No pin ends before this. */
  private nextEndMs = Number.POSITIVE_INFINITY;

  constructor(
    private readonly maxBlocks: number,
    restored: readonly Pin[] = [],
  ) {
    for (const { block, endsMs } of restored) this.put(block, endsMs);
  }

  get size(): number {
    return this.ends.size;
  }

  get version(): number {
    return this.changes;
  }

  blocks(): BlockKey[] {
    return [...this.ends.keys()];
  }

  /**
   * Pins blocks until `nowMs + ttlMs`, also those that were pinned for longer; a ttl of 0 unpins.
   * @throws KvError `exhausted` when more blocks would be pinned than may be; then nothing changes.
   */
  pin(blocks: readonly BlockKey[], ttlMs: number, nowMs: number): PinChanges {
    const distinct = [...new Set(blocks)];
    if (ttlMs === 0) return { put: [], dropped: distinct.filter((block) => this.drop(block)) };
    const fresh = distinct.filter((block) => !this.ends.has(block)).length;
    if (this.size + fresh > this.maxBlocks) {
      throw new KvError(
        'exhausted',
        `${this.size} blocks are pinned and ${fresh} more would be over the bound of ${this.maxBlocks}: unpin some first`,
      );
    }
    const endsMs = nowMs + ttlMs;
    for (const block of distinct) this.put(block, endsMs);
    return { put: distinct.map((block) => ({ block, endsMs })), dropped: [] };
  }

  /** Drops the pins that have ended. */
  expire(nowMs: number): PinChanges {
    if (nowMs < this.nextEndMs) return none;
    const ended = [...this.ends].filter(([, endsMs]) => endsMs <= nowMs).map(([block]) => block);
    for (const block of ended) this.drop(block);
    this.nextEndMs = Number.POSITIVE_INFINITY;
    for (const endsMs of this.ends.values()) this.nextEndMs = Math.min(this.nextEndMs, endsMs);
    return { put: [], dropped: ended };
  }

  private put(block: BlockKey, endsMs: number): void {
    if (!this.ends.has(block)) this.changes += 1;
    this.ends.set(block, endsMs);
    this.nextEndMs = Math.min(this.nextEndMs, endsMs);
  }

  private drop(block: BlockKey): boolean {
    const wasPinned = this.ends.delete(block);
    if (wasPinned) this.changes += 1;
    return wasPinned;
  }
}
