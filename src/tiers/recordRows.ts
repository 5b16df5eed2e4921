import { blockKeyFromBytes } from '../core/blockKey.js';
import { pageKeyBytes } from '../core/pageId.js';
import type { PageHeader } from './pageHeader.js';

const checksumAt = pageKeyBytes;
const depthAt = pageKeyBytes + 8;
const rowBytes = pageKeyBytes + 12;
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

  drop(): void {
    this.#length -= 1;
  }
}

/** Pages that were found on a disk, deepest blocks first. */
export class FoundPages implements Iterable<PageHeader> {
  readonly #rows = new Rows();

  get length(): number {
    return this.#rows.length;
  }

  add(key: Uint8Array, { checksum, blockIndex }: PageHeader): void {
    const row = this.#rows.add();
    row.set(key);
    row.writeBigUInt64LE(checksum, checksumAt);
    row.writeUInt32LE(blockIndex, depthAt);
  }

  *[Symbol.iterator](): Iterator<PageHeader> {
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

/** Records that are not this worker's; the last goes first. */
export class ForeignRecords {
  readonly #rows = new Rows();
  #bytes = 0;

  /** Of all together. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param key of a page. */
  add({ key, bytes }: ForeignRecord): void {
    const row = this.#rows.add();
    row.set(key);
    row.writeDoubleLE(bytes, checksumAt);
    this.#bytes += bytes;
  }

  pop(): ForeignRecord | undefined {
    if (this.#rows.length === 0) return undefined;
    const row = this.#rows.at(this.#rows.length - 1);
    const bytes = row.readDoubleLE(checksumAt);
    const key = Uint8Array.prototype.slice.call(row, 0, pageKeyBytes);
    this.#rows.drop();
    this.#bytes -= bytes;
    return { key, bytes };
  }
}
