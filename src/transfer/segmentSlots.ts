/** Which slots of a segment are free. The one given back last is given out first: its bytes are still cached. */
export class SegmentSlots {
  readonly slots: number;
  readonly #free: number[];

  constructor(slots: number) {
    this.slots = slots;
    this.#free = Array.from({ length: slots }, (_, slot) => slots - 1 - slot);
  }

  get freeSlots(): number {
    return this.#free.length;
  }

  /** A slot, or -1 when all are taken. */
  take(): number {
    return this.#free.pop() ?? -1;
  }

  giveBack(slot: number): void {
    this.#free.push(slot);
  }
}
