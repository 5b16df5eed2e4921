import { blockKeyFromBytes } from '../core/blockKey.js';
import { pageKeyBytes } from '../core/pageId.js';
import type { PageHeader } from './pageHeader.js';

const checksumAt = pageKeyBytes;
const depthAt = pageKeyBytes + 8;
const formAt = pageKeyBytes + 12;
const rowBytes = pageKeyBytes + 14;
const firstRows = 64;

/** Rows of fixed length in one buffer: an object for each of a million records would take ten times as much. */
class Rows {
  #bytes = Buffer.alloc(firstRows * rowBytes);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(): Buffer {
    const at = this.#length * rowBytes;
    if (at === this.#bytes.length) {
      const larger = Buffer.alloc(2 * at);
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    this.#length += 1;
    return this.#bytes.subarray(at, at + rowBytes);
  }

  at(row: number): Buffer {
    return this.#bytes.subarray(row * rowBytes, (row + 1) * rowBytes);
  }
}

export interface FoundPage extends Omit<PageHeader, 'encodedChecksum'> {
  /** How it lies there; a number of the tier's, below 65,536. */
  readonly form: number;
}

/** Pages that were found on a disk, deepest blocks first. */
export class FoundPages implements Iterable<FoundPage> {
  readonly #rows = new Rows();

  get length(): number {
    return this.#rows.length;
  }

  add(key: Uint8Array, { checksum, blockIndex, form }: FoundPage): void {
    const row = this.#rows.add();
    row.writeUInt16LE(form, formAt);
    row.set(key);
    row.writeBigUInt64LE(checksum, checksumAt);
    row.writeUInt32LE(blockIndex, depthAt);
  }

  *[Symbol.iterator](): Iterator<FoundPage> {
    const depths = Uint32Array.from({ length: this.length }, (_, row) =>
      this.#rows.at(row).readUInt32LE(depthAt),
    );
    const order = Uint32Array.from(depths.keys()).sort((a, b) => depths[b]! - depths[a]!);
    for (const row of order) {
      const bytes = this.#rows.at(row);
      yield {
        id: { block: blockKeyFromBytes(bytes), layer: bytes.readUInt16BE(pageKeyBytes - 2) },
        blockIndex: bytes.readUInt32LE(depthAt),
        checksum: bytes.readBigUInt64LE(checksumAt),
        form: bytes.readUInt16LE(formAt),
      };
    }
  }
}

/** A record of another model or layer range in the same folder. */
export interface ForeignRecord {
  readonly key: Uint8Array;
  /** What it takes on the medium. */
  readonly bytes: number;
}

/**
 * Records that are not this worker's. Those of the longest payloads go first, from the end of their file: a
 * file gives back only what is free at its end.
 */
export class ForeignRecords {
  readonly #rows = new Rows();
  #bytes = 0;
  /** Rows that are left, the next to go last; made when the first goes. */
  #order: Uint32Array | undefined;

  /** Of all together. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Before the first `pop`. @param record with the key of a page. @param slot where it lies in its file. */
  add({ key, bytes }: ForeignRecord, slot: number): void {
    const row = this.#rows.add();
    row.set(key);
    row.writeDoubleLE(bytes, checksumAt);
    row.writeUInt32LE(slot, depthAt);
    this.#bytes += bytes;
  }

  pop(): ForeignRecord | undefined {
    this.#order ??= this.#inOrder();
    const at = this.#order.at(-1);
    if (at === undefined) return undefined;
    this.#order = this.#order.subarray(0, -1);
    const row = this.#rows.at(at);
    const bytes = row.readDoubleLE(checksumAt);
    const key = Uint8Array.prototype.slice.call(row, 0, pageKeyBytes);
    this.#bytes -= bytes;
    return { key, bytes };
  }

  #inOrder(): Uint32Array {
    const { length } = this.#rows;
    const bytes = Float64Array.from({ length }, (_, row) => this.#rows.at(row).readDoubleLE(checksumAt));
    const slots = Uint32Array.from({ length }, (_, row) => this.#rows.at(row).readUInt32LE(depthAt));
    return Uint32Array.from(bytes.keys()).sort((a, b) => bytes[a]! - bytes[b]! || slots[a]! - slots[b]!);
  }
}
