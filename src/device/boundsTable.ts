/** Rows of bounds that are allocated at once. */
const rowsPerChunk = 1024;
const noRow = -1;

/**
 * Bounds of pages by the handle that the tiers know each under. A handle is given to another page once its own
 * is gone, so each row carries a stamp of the page that it is of: with any other stamp there is none.
 */
export class BoundsTable {
  readonly #length: number;
  readonly #chunks: Float32Array[] = [];
  #rowCount = 0;
  /** By handle. */
  #rows = new Int32Array(0);
  /** By row. */
  #stamps = new Float64Array(0);

  /** @param length floats that bound a page. */
  constructor(length: number) {
    this.#length = length;
  }

  /** The row of a page's bounds, or -1. */
  rowOf(handle: number, stamp: number): number {
    const row = this.#rows[handle] ?? noRow;
    return row >= 0 && this.#stamps[row] === stamp ? row : noRow;
  }

  /** Where a row lies: `length` floats from `offsetOf(row)`. */
  chunkOf(row: number): Float32Array {
    return this.#chunks[Math.floor(row / rowsPerChunk)]!;
  }

  offsetOf(row: number): number {
    return (row % rowsPerChunk) * this.#length;
  }

  /** @param bounds at least `length` floats; the first of them are copied. */
  put(handle: number, stamp: number, bounds: Float32Array): void {
    const row = this.#rowFor(handle);
    this.#stamps[row] = stamp;
    this.chunkOf(row).set(bounds.subarray(0, this.#length), this.offsetOf(row));
  }

  #rowFor(handle: number): number {
    if (handle >= this.#rows.length) {
      const rows = new Int32Array(2 * (handle + 1)).fill(noRow);
      rows.set(this.#rows);
      this.#rows = rows;
    }
    if (this.#rows[handle] === noRow) {
      if (this.#rowCount === this.#chunks.length * rowsPerChunk) this.#addChunk();
      this.#rows[handle] = this.#rowCount;
      this.#rowCount += 1;
    }
    return this.#rows[handle]!;
  }

  #addChunk(): void {
    this.#chunks.push(new Float32Array(rowsPerChunk * this.#length));
    const stamps = new Float64Array(this.#chunks.length * rowsPerChunk);
    stamps.set(this.#stamps);
    this.#stamps = stamps;
  }
}
