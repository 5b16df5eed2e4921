const slotsPerWord = 32;
const allTaken = 0xffff_ffff;

/**
 * Which slots of a file are free. The lowest goes first, so that what is free gathers at the end, where it
 * can be given back.
 */
export class FreeSlots {
  #words = new Uint32Array(64);
  #capacity = 0;
  #used = 0;
  /** One past the highest taken slot. */
  #end = 0;
  /** No free slot lies in a word before it. */
  #firstWord = 0;

  get capacity(): number {
    return this.#capacity;
  }

  get used(): number {
    return this.#used;
  }

  /** Free slots behind the last that is taken. */
  get trailing(): number {
    return this.#capacity - this.#end;
  }

  isTaken(slot: number): boolean {
    return (this.#words[slot >>> 5]! & bitOf(slot)) !== 0;
  }

  /** Takes the lowest free slot; -1 when none is. */
  take(): number {
    if (this.#used === this.#capacity) return -1;
    while (this.#words[this.#firstWord] === allTaken) this.#firstWord += 1;
    const free = ~this.#words[this.#firstWord]! >>> 0;
    const slot = this.#firstWord * slotsPerWord + (31 - Math.clz32(free & -free));
    this.#set(slot);
    return slot;
  }

  /** Takes this slot; false when it is taken or does not exist. */
  claim(slot: number): boolean {
    if (slot >= this.#capacity || this.isTaken(slot)) return false;
    this.#set(slot);
    return true;
  }

  release(slot: number): void {
    this.#words[slot >>> 5]! &= ~bitOf(slot);
    this.#used -= 1;
    this.#firstWord = Math.min(this.#firstWord, slot >>> 5);
    if (slot !== this.#end - 1) return;
    while (this.#end > 0 && !this.isTaken(this.#end - 1)) this.#end -= 1;
  }

  /** More slots behind the last, or fewer: only free ones may go. */
  resize(capacity: number): void {
    const words = Math.ceil(capacity / slotsPerWord) + 1; // one more, that is never full: `take` stops there
    if (words > this.#words.length) {
      const larger = new Uint32Array(Math.max(words, 2 * this.#words.length));
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#capacity = capacity;
  }

  #set(slot: number): void {
    this.#words[slot >>> 5]! |= bitOf(slot);
    this.#used += 1;
    this.#end = Math.max(this.#end, slot + 1);
  }
}

const bitOf = (slot: number): number => 1 << (slot & 31);
