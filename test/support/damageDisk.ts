import { readFileSync, writeFileSync } from 'node:fs';
import { pageKeyBytes } from '../../src/core/pageId.js';
import { decodeRecord } from '../../src/tiers/extentRecord.js';
import { indexPageBytes } from '../../src/tiers/indexStore.js';
import { pageOwnBytes } from '../../src/tiers/pageHeader.js';

const leaf = 2;
/** Of a record: format, slot and payload bytes before what is the page's own, a checksum behind it. */
const recordBytes = 10 + pageOwnBytes + 4;
const blockIndexAt = 10;

/** Changes a file in place. */
function rewrite(path: string, change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  change(bytes);
  writeFileSync(path, bytes);
}

function flip(bytes: Buffer, at: number, bit = 4): void {
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
}

/** Flips one bit in slot `n` of a data file, `into` bytes from its start. */
export function flipPayload(path: string, slotBytes: number, n: number, into: number): void {
  rewrite(path, (bytes) => flip(bytes, n * slotBytes + into));
}

/** Flips one bit of a record of block `block`, in every version of the tree that has it. */
export function flipRecord(path: string, block: number, into: number): void {
  rewrite(path, (bytes) => {
    const record = findRecord(bytes, block);
    for (let at = bytes.indexOf(record); at >= 0; at = bytes.indexOf(record, at + 1)) flip(bytes, at + into);
  });
}

/** Flips one bit `into` bytes from the start of every leaf page. */
export function flipLeafPages(path: string, into: number): void {
  rewrite(path, (bytes) => {
    for (let start = 0; start < bytes.length; start += indexPageBytes) {
      const isPage = bytes.readBigUInt64LE(start) === BigInt(start / indexPageBytes);
      if (isPage && bytes.readUInt16LE(start + 18) === leaf) flip(bytes, start + into, 2);
    }
  });
}

/** Flips one bit `into` bytes from the start of one of the two meta pages. */
export function flipMetaPage(path: string, page: 0 | 1, into: number): void {
  rewrite(path, (bytes) => flip(bytes, page * indexPageBytes + into));
}

/** Key and value of a record, as they lie side by side in a leaf page. */
function findRecord(bytes: Buffer, block: number): Buffer {
  for (let at = 0; at + pageKeyBytes + recordBytes <= bytes.length; at += 2) {
    const valueAt = at + pageKeyBytes;
    if (bytes.readUInt32LE(valueAt + blockIndexAt) !== block) continue;
    const key = bytes.subarray(at, valueAt);
    const value = bytes.subarray(valueAt, valueAt + recordBytes);
    if (decodeRecord(key, value) !== undefined) return Buffer.from(bytes.subarray(at, valueAt + recordBytes));
  }
  throw new Error(`no record of block ${block} was found`);
}
