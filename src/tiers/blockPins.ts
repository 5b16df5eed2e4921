import type { BlockKey } from '../core/blockKey.js';
import { grown, uint8Column } from './grown.js';

/** Blocks that the coordinator keeps from being dropped; one that has no handle yet is remembered by its key. */
export class BlockPins {
  readonly #keys = new Set<BlockKey>();
  readonly #find: (key: BlockKey) => number;
  #isPinned = new Uint8Array(64);

  /** @param find the handle of a key, or -1. */
  constructor(find: (key: BlockKey) => number) {
    this.#find = find;
  }

  has(block: number): boolean {
    return this.#isPinned[block] === 1;
  }

  /** The key has a handle from now on. */
  add(key: BlockKey, block: number): void {
    this.#isPinned = grown(this.#isPinned, block, uint8Column);
    this.#isPinned[block] = this.#keys.has(key) ? 1 : 0;
  }

  /** Replaces the set before. */
  replace(keys: Iterable<BlockKey>): void {
    for (const key of this.#keys) this.#mark(key, 0);
    this.#keys.clear();
    for (const key of keys) {
      this.#keys.add(key);
      this.#mark(key, 1);
    }
  }

  #mark(key: BlockKey, isPinned: 0 | 1): void {
    const block = this.#find(key);
    if (block >= 0) this.#isPinned[block] = isPinned;
  }
}
