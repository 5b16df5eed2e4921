import { grownLength } from './growth.js';

const initialEntries = 64;
/** Slots for each entry: linear probing stays short as long as some four in ten are free. */
const slotsPerEntry = 1.6;

/**
 * 64-bit keys, each of which gets a dense entry number for as long as it is in: open addressing over typed
 * arrays, some 15 bytes a key. Entry numbers are reused, the last that became free first.
 */
export class KeyTable {
  readonly #capacity: number;
  #low: Uint32Array;
  #high: Uint32Array;
  /** Entry + 1, or 0 where free. */
  #slots: Int32Array;
  #size = 0;
  /** Entries that were ever in use. */
  #used = 0;
  /** The entry that became free last, or -1; the one before it stands in its low half. */
  #free = -1;

  /** @param capacity keys that are expected; more may come. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    const entries = Math.min(initialEntries, capacity);
    this.#low = new Uint32Array(entries);
    this.#high = new Uint32Array(entries);
    this.#slots = new Int32Array(slotCount(entries));
  }

  get size(): number {
    return this.#size;
  }

  /** Entries are numbered below this. */
  get entries(): number {
    return this.#low.length;
  }

  /** The entry of a key, or -1. */
  find(low: number, high: number): number {
    const slots = this.#slots;
    for (let slot = homeSlot(low, high, slots.length); ; ) {
      const entry = slots[slot]! - 1;
      if (entry < 0 || (this.#low[entry] === low && this.#high[entry] === high)) return entry;
      slot += 1;
      if (slot === slots.length) slot = 0;
    }
  }

  /** Takes in a key that is not in; its entry. */
  add(low: number, high: number): number {
    const entry = this.#takeEntry();
    this.#low[entry] = low;
    this.#high[entry] = high;
    this.#place(entry);
    this.#size += 1;
    return entry;
  }

  /** Lets go of the key of an entry that is in use. */
  delete(entry: number): void {
    const slots = this.#slots;
    let slot = homeSlot(this.#low[entry]!, this.#high[entry]!, slots.length);
    while (slots[slot] !== entry + 1) slot = slot + 1 === slots.length ? 0 : slot + 1;
    this.#closeGap(slot);
    this.#low[entry] = this.#free + 1;
    this.#free = entry;
    this.#size -= 1;
  }

  #takeEntry(): number {
    const entry = this.#free;
    if (entry >= 0) {
      this.#free = this.#low[entry]! - 1;
      return entry;
    }
    if (this.#used === this.#low.length) this.#grow();
    this.#used += 1;
    return this.#used - 1;
  }

  #place(entry: number): void {
    const slots = this.#slots;
    let slot = homeSlot(this.#low[entry]!, this.#high[entry]!, slots.length);
    while (slots[slot] !== 0) slot = slot + 1 === slots.length ? 0 : slot + 1;
    slots[slot] = entry + 1;
  }

  /** Moves up what lies behind a slot that becomes free, so that probing never has to pass a grave. */
  #closeGap(from: number): void {
    const slots = this.#slots;
    const length = slots.length;
    let gap = from;
    for (let slot = gap; ; ) {
      slot = slot + 1 === length ? 0 : slot + 1;
      const entry = slots[slot]! - 1;
      if (entry < 0) break;
      const home = homeSlot(this.#low[entry]!, this.#high[entry]!, length);
      const fromHome = slot >= home ? slot - home : slot - home + length;
      const fromGap = slot >= gap ? slot - gap : slot - gap + length;
      if (fromHome < fromGap) continue;
      slots[gap] = entry + 1;
      gap = slot;
    }
    slots[gap] = 0;
  }

  #grow(): void {
    const entries = grownLength(this.#low.length, this.#low.length + 1, this.#capacity);
    this.#low = extended(this.#low, entries);
    this.#high = extended(this.#high, entries);
    this.#slots = new Int32Array(slotCount(entries));
    // It grows only when every entry is in use.
    for (let entry = 0; entry < this.#used; entry += 1) this.#place(entry);
  }
}

function slotCount(entries: number): number {
  return Math.ceil(slotsPerEntry * entries) + 1;
}

/** The first slot to look at, of `length`; the halves are mixed one after the other, for they may be related. */
function homeSlot(low: number, high: number, length: number): number {
  let hash = Math.imul(low ^ (low >>> 16), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15) ^ high, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return Math.floor((((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32) * length);
}

function extended(from: Uint32Array, length: number): Uint32Array {
  const to = new Uint32Array(length);
  to.set(from);
  return to;
}
