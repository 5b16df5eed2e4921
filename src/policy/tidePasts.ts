const smallest = 256;
const usesMax = 255;
const blocksMax = 65_535;

/** What is remembered of blocks, whether they are cached or not: one row each. 12 bytes a row. */
export class TidePasts {
  /** Number of the access that used it last, modulo 2^32. */
  lastUse = new Uint32Array(smallest);
  /** Ticket of the sample that waits for its next use; -1 for none. */
  ticket = new Int32Array(smallest);
  /** Blocks of the request that used it last. */
  requestBlocks = new Uint16Array(smallest);
  uses = new Uint8Array(smallest);
  /** Bucket, from 1, of the age at which it was used again last time; 0 where it never was. */
  gap = new Uint8Array(smallest);

  get length(): number {
    return this.uses.length;
  }

  set(row: number, lastUse: number, uses: number, gap: number, requestBlocks: number): void {
    this.lastUse[row] = lastUse;
    this.uses[row] = Math.min(uses, usesMax);
    this.gap[row] = gap;
    this.setRequestBlocks(row, requestBlocks);
  }

  setRequestBlocks(row: number, requestBlocks: number): void {
    this.requestBlocks[row] = Math.min(requestBlocks, blocksMax);
  }

  copy(row: number, from: TidePasts, fromRow: number): void {
    this.lastUse[row] = from.lastUse[fromRow]!;
    this.ticket[row] = from.ticket[fromRow]!;
    this.requestBlocks[row] = from.requestBlocks[fromRow]!;
    this.uses[row] = from.uses[fromRow]!;
    this.gap[row] = from.gap[fromRow]!;
  }

  /** Makes room for rows up to before `rows`. */
  reserve(rows: number): void {
    if (rows <= this.length) return;
    const length = Math.max(rows, 2 * this.length);
    const from = { ...this };
    this.lastUse = new Uint32Array(length);
    this.ticket = new Int32Array(length);
    this.requestBlocks = new Uint16Array(length);
    this.uses = new Uint8Array(length);
    this.gap = new Uint8Array(length);
    this.lastUse.set(from.lastUse);
    this.ticket.set(from.ticket);
    this.requestBlocks.set(from.requestBlocks);
    this.uses.set(from.uses);
    this.gap.set(from.gap);
  }
}
