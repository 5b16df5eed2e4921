import { mix32 } from '../core/mix32.js';
import type { PolicyColumns } from './policyColumns.js';

const rows = 4;
/** 64 bytes, so that one key's counters lie in one line of the processor's cache. */
const blockWords = 16;
const rowWords = blockWords / rows;
const countersPerWord = 8;
const countMax = 15;
/** Counts are halved after so many additions a place of the cache. */
const sampleFactor = 10;

/**
 * How often keys came lately: a count-min sketch of 4-bit counters (TinyLFU, ACM TOS 2017; laid out in blocks
 * as Caffeine does). After ten additions a place of the cache all counts are halved, so that what was popular
 * once is forgotten. It holds 16 to 32 counters a place: 8 to 16 bytes.
 */
export class FrequencySketch {
  #table = new Uint32Array(0);
  #blockMask = 0;
  #sampleMax = 0;
  #additions = 0;
  #halvings = 0;

  /** @param capacity places of the cache. */
  constructor(capacity: number) {
    this.resize(capacity);
  }

  /** How often all counts were halved. */
  get halvings(): number {
    return this.#halvings;
  }

  /**
   * Forgets all counts where a cache of so many places needs another number of counters.
   * @returns whether it did.
   */
  resize(capacity: number): boolean {
    const places = Math.max(1, capacity);
    this.#sampleMax = sampleFactor * places;
    const wordsWanted = 2 * places;
    const blocks = 2 ** Math.ceil(Math.log2(Math.max(1, wordsWanted / blockWords)));
    if (this.#table.length === blocks * blockWords) return false;
    this.#table = new Uint32Array(blocks * blockWords);
    this.#blockMask = blocks - 1;
    this.#additions = 0;
    return true;
  }

  /** Counts one more use of a key. @param hash see `sketchHash`. */
  add(hash: number): void {
    const table = this.#table;
    const block = (hash & this.#blockMask) * blockWords;
    let counters = mix32(~hash);
    let added = false;
    for (let row = 0; row < rows; row += 1) {
      const word = block + row * rowWords + (counters & (rowWords - 1));
      const shift = ((counters >>> 2) & (countersPerWord - 1)) * 4;
      const before = table[word]!;
      if (((before >>> shift) & countMax) < countMax) {
        table[word] = before + (1 << shift);
        added = true;
      }
      counters >>>= 5;
    }
    if (!added) return;
    this.#additions += 1;
    if (this.#additions >= this.#sampleMax) this.#halve();
  }

  /** Uses of a key, 15 at most; collisions make it too high, never too low. @param hash see `sketchHash`. */
  estimate(hash: number): number {
    const table = this.#table;
    const block = (hash & this.#blockMask) * blockWords;
    let counters = mix32(~hash);
    let least = countMax;
    for (let row = 0; row < rows; row += 1) {
      const word = block + row * rowWords + (counters & (rowWords - 1));
      const shift = ((counters >>> 2) & (countersPerWord - 1)) * 4;
      least = Math.min(least, (table[word]! >>> shift) & countMax);
      counters >>>= 5;
    }
    return least;
  }

  #halve(): void {
    for (let word = 0; word < this.#table.length; word += 1) {
      this.#table[word] = (this.#table[word]! >>> 1) & 0x77777777;
    }
    this.#additions >>>= 1;
    this.#halvings += 1;
  }
}

/** What a sketch knows the handle's key by, for as long as the handle means the same block. */
export function sketchHash(columns: PolicyColumns, handle: number): number {
  return mix32(columns.keyLow[handle]! ^ mix32(columns.keyHigh[handle]!));
}
