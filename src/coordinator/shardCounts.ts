import { ShardMap } from '../core/shardMap.js';

/**
 * How many blocks of a sequence each shard of a stage keeps. What has not filled a piece stays with the lead,
 * shard 0; a peer that has no room leaves its share there too, which is for the caller to see.
 */
export class ShardCounts {
  readonly #map: ShardMap<number>;

  /** @param shards at least 1. */
  constructor(shards: number) {
    this.#map = new ShardMap(Array.from({ length: shards }, (_, shard) => shard));
  }

  get shards(): number {
    return this.#map.shards.length;
  }

  /** Adds `sign` for the block at `index` to its shard. */
  addBlock(counts: number[], index: number, sign: 1 | -1): void {
    counts[this.#map.pieceOf(index).shard]! += sign;
  }

  /** Adds `sign` for each of the blocks from `first` up to `end` to its shard. */
  addSpan(counts: number[], first: number, end: number, sign: 1 | -1): void {
    for (let block = first; block < end; ) {
      const piece = this.#map.pieceOf(block);
      const next = Math.min(piece.end, end);
      counts[piece.shard]! += sign * (next - block);
      block = next;
    }
  }

  /** Moves the last piece of a sequence of `blocks` blocks to the lead, as far as it is not whole. */
  addRagged(counts: number[], blocks: number, sign: 1 | -1): void {
    if (blocks === 0) return;
    const { shard, first, end } = this.#map.pieceOf(blocks - 1);
    if (shard === 0 || end <= blocks) return;
    counts[0]! += sign * (blocks - first);
    counts[shard]! -= sign * (blocks - first);
  }
}
