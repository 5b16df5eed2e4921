/** Of an entry whose page nobody weighed. */
const notWeighed = -1;

/**
 * How much attention each page of one job got, in shared memory: a float for each entry of the job's board. The
 * compute thread writes it, the main thread reads it once the job is done.
 */
export class MassSheet {
  readonly #shares: Float32Array;

  /** @param memory of a sheet made in another thread. */
  constructor(readonly memory: SharedArrayBuffer) {
    this.#shares = new Float32Array(memory);
  }

  static create(entries: number): MassSheet {
    return new MassSheet(new SharedArrayBuffer(entries * Float32Array.BYTES_PER_ELEMENT));
  }

  get entries(): number {
    return this.#shares.length;
  }

  /** Main: forgets the job before. */
  reset(): void {
    this.#shares.fill(notWeighed);
  }

  /** Compute: the page of the entry got this share of its layer's attention, 0 to 1. */
  put(entry: number, share: number): void {
    this.#shares[entry] = share;
  }

  /** Main: the share, or null where nobody weighed the page. */
  shareOf(entry: number): number | null {
    const share = this.#shares[entry] ?? notWeighed;
    return share < 0 ? null : share;
  }
}
