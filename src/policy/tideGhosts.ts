import { copied } from './copied.js';
import { keyHash } from './keyHash.js';
import { TidePasts } from './tidePasts.js';

/**
 * Pasts of blocks that left the cache, found by key. A ring: beyond `limit` the one that left first is forgotten.
 * 21 bytes an entry and as much as 16 for the table of keys.
 */
export class TideGhosts {
  readonly pasts = new TidePasts();
  readonly #limit: number;
  /** Told of a row whose block is about to be forgotten. */
  readonly #onForget: (row: number) => void;
  #keyLow = new Uint32Array(0);
  #keyHigh = new Uint32Array(0);
  /** 1 where the row stands for a block: one that came back left its row empty. */
  #isFull = new Uint8Array(0);
  /** Row + 1 by hash, linear probing; 0 is empty. Twice as many slots as rows, or more. */
  #slots = new Int32Array(16);
  #next = 0;
  #size = 0;

  constructor(limit: number, onForget: (row: number) => void) {
    this.#limit = limit;
    this.#onForget = onForget;
  }

  get size(): number {
    return this.#size;
  }

  /** @returns the row of the key, or -1. */
  find(low: number, high: number): number {
    const slot = this.#slotOf(low, high);
    return this.#slots[slot]! - 1;
  }

  /** The block left the cache; it is not a ghost. */
  add(low: number, high: number, from: TidePasts, fromRow: number): void {
    const known = this.find(low, high);
    if (known >= 0) this.#forget(known);
    const row = this.#next % this.#limit;
    this.#next = row + 1;
    this.#reserve(row + 1);
    if (this.#isFull[row] === 1) this.#forget(row);
    this.pasts.copy(row, from, fromRow);
    this.#keyLow[row] = low;
    this.#keyHigh[row] = high;
    this.#isFull[row] = 1;
    this.#slots[this.#slotOf(low, high)] = row + 1;
    this.#size += 1;
  }

  /** The row stands for nothing any more. */
  take(row: number): void {
    const mask = this.#slots.length - 1;
    let hole = this.#slotOf(this.#keyLow[row]!, this.#keyHigh[row]!);
    this.#slots[hole] = 0;
    this.#isFull[row] = 0;
    this.#size -= 1;
    // What was pushed on by the hole moves back, so that a search need not pass over it.
    for (let slot = (hole + 1) & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#home(this.#slots[slot]! - 1);
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      this.#slots[hole] = this.#slots[slot]!;
      this.#slots[slot] = 0;
      hole = slot;
    }
  }

  #forget(row: number): void {
    this.#onForget(row);
    this.take(row);
  }

  #home(row: number): number {
    return keyHash(this.#keyLow[row]!, this.#keyHigh[row]!) & (this.#slots.length - 1);
  }

  /** Where the key is, or where it would be put. */
  #slotOf(low: number, high: number): number {
    const mask = this.#slots.length - 1;
    let slot = keyHash(low, high) & mask;
    for (let entry = this.#slots[slot]!; entry !== 0; entry = this.#slots[slot]!) {
      if (this.#keyLow[entry - 1] === low && this.#keyHigh[entry - 1] === high) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #reserve(rows: number): void {
    if (rows <= this.#keyLow.length) return;
    this.pasts.reserve(rows);
    this.#keyLow = copied(this.#keyLow, new Uint32Array(this.pasts.length));
    this.#keyHigh = copied(this.#keyHigh, new Uint32Array(this.pasts.length));
    this.#isFull = copied(this.#isFull, new Uint8Array(this.pasts.length));
    const entries = this.#slots.filter((entry) => entry !== 0);
    this.#slots = new Int32Array(2 ** (33 - Math.clz32(this.pasts.length - 1)));
    for (const entry of entries) {
      this.#slots[this.#slotOf(this.#keyLow[entry - 1]!, this.#keyHigh[entry - 1]!)] = entry;
    }
  }
}
