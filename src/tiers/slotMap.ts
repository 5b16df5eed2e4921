const nowhere = -1;

/** Which slot each handle has, both ways, over typed arrays. */
export class SlotMap {
  #slotOf = new Int32Array(256).fill(nowhere);
  readonly #handleAt: Int32Array;

  constructor(slots: number) {
    this.#handleAt = new Int32Array(slots).fill(nowhere);
  }

  /** The slot of the handle, or -1. */
  slotOf(handle: number): number {
    return this.#slotOf[handle] ?? nowhere;
  }

  /** The handle in the slot, or -1. */
  handleAt(slot: number): number {
    return this.#handleAt[slot] ?? nowhere;
  }

  set(handle: number, slot: number): void {
    if (handle >= this.#slotOf.length) {
      const grown = new Int32Array(Math.max(handle + 1, 2 * this.#slotOf.length)).fill(nowhere);
      grown.set(this.#slotOf);
      this.#slotOf = grown;
    }
    this.#slotOf[handle] = slot;
    this.#handleAt[slot] = handle;
  }

  /** Frees the handle's slot, which it must have. */
  delete(handle: number): void {
    this.#handleAt[this.slotOf(handle)] = nowhere;
    this.#slotOf[handle] = nowhere;
  }
}
