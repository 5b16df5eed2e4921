import { grownLength } from './growth.js';
import { keyHash } from './keyHash.js';

const initialEntries = 64;
/** Slots for each entry: linear probing stays short as long as one in three is free. */
const slotsPerEntry = 1.5;

/**
 * 64-bit keys, each of which gets a dense entry number for as long as it is in: open addressing over typed
 * arrays, some 20 bytes a key. Entry numbers are reused, the last that became free first.
 */
export class KeyTable {
  readonly #capacity: number;
  /** Pairs of low and high half, by entry. */
  #keys: Int32Array;
  /** Pairs of entry + 1, or 0 where free, and the key's hash, so that other keys need not be looked at. */
  #slots: Int32Array;
  #slotCount: number;
  #size = 0;
  /** Entries that were ever in use. */
  #used = 0;
  /** The entry that became free last, or -1; the one before it stands in its low half. */
  #free = -1;

  /** @param capacity keys that are expected; more may come. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    const entries = Math.min(initialEntries, capacity);
    this.#keys = new Int32Array(2 * entries);
    this.#slotCount = slotCount(entries);
    this.#slots = new Int32Array(2 * this.#slotCount);
  }

  get size(): number {
    return this.#size;
  }

  /** The entry of a key, or -1. */
  find(low: number, high: number): number {
    const slots = this.#slots;
    const keys = this.#keys;
    const hash = keyHash(low, high);
    for (let slot = homeSlot(hash, this.#slotCount); ; ) {
      const entry = slots[2 * slot]! - 1;
      if (entry < 0) return -1;
      if (
        slots[2 * slot + 1] === hash &&
        keys[2 * entry] === (low | 0) &&
        keys[2 * entry + 1] === (high | 0)
      ) {
        return entry;
      }
      slot += 1;
      if (slot === this.#slotCount) slot = 0;
    }
  }

  /** Takes in a key that is not in; its entry. */
  add(low: number, high: number): number {
    const entry = this.#takeEntry();
    this.#keys[2 * entry] = low;
    this.#keys[2 * entry + 1] = high;
    this.#place(entry, keyHash(low, high));
    this.#size += 1;
    return entry;
  }

  /** Lets go of the key of an entry that is in use. */
  delete(entry: number): void {
    const slots = this.#slots;
    let slot = homeSlot(keyHash(this.#keys[2 * entry]!, this.#keys[2 * entry + 1]!), this.#slotCount);
    while (slots[2 * slot] !== entry + 1) slot = slot + 1 === this.#slotCount ? 0 : slot + 1;
    this.#closeGap(slot);
    this.#keys[2 * entry] = this.#free + 1;
    this.#free = entry;
    this.#size -= 1;
  }

  #takeEntry(): number {
    const entry = this.#free;
    if (entry >= 0) {
      this.#free = this.#keys[2 * entry]! - 1;
      return entry;
    }
    if (2 * this.#used === this.#keys.length) this.#grow();
    this.#used += 1;
    return this.#used - 1;
  }

  #place(entry: number, hash: number): void {
    const slots = this.#slots;
    let slot = homeSlot(hash, this.#slotCount);
    while (slots[2 * slot] !== 0) slot = slot + 1 === this.#slotCount ? 0 : slot + 1;
    slots[2 * slot] = entry + 1;
    slots[2 * slot + 1] = hash;
  }

  /** Moves up what lies behind a slot that becomes free, so that probing never has to pass a grave. */
  #closeGap(from: number): void {
    const slots = this.#slots;
    const count = this.#slotCount;
    let gap = from;
    for (let slot = gap; ; ) {
      slot = slot + 1 === count ? 0 : slot + 1;
      const occupant = slots[2 * slot]!;
      if (occupant === 0) break;
      const hash = slots[2 * slot + 1]!;
      const home = homeSlot(hash, count);
      const fromHome = slot >= home ? slot - home : slot - home + count;
      const fromGap = slot >= gap ? slot - gap : slot - gap + count;
      if (fromHome < fromGap) continue;
      slots[2 * gap] = occupant;
      slots[2 * gap + 1] = hash;
      gap = slot;
    }
    slots[2 * gap] = 0;
  }

  #grow(): void {
    const entries = grownLength(this.#used, this.#used + 1, this.#capacity);
    const keys = new Int32Array(2 * entries);
    keys.set(this.#keys);
    this.#keys = keys;
    this.#slotCount = slotCount(entries);
    this.#slots = new Int32Array(2 * this.#slotCount);
    // It grows only when every entry is in use.
    for (let entry = 0; entry < this.#used; entry += 1) {
      this.#place(entry, keyHash(keys[2 * entry]!, keys[2 * entry + 1]!));
    }
  }
}

function slotCount(entries: number): number {
  return Math.ceil(slotsPerEntry * entries) + 1;
}

/** The first slot to look at. */
function homeSlot(hash: number, slots: number): number {
  return Math.floor(((hash >>> 0) / 2 ** 32) * slots);
}
