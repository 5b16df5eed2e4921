import { readFileSync, writeFileSync } from 'node:fs';
import { lmdbPageBytes } from '../../src/tiers/lmdbStore.js';
import { decodePageHeader, pageHeaderBytes } from '../../src/tiers/pageHeader.js';

const headerMagic = 'KVPG';
/** Before what is on a page of LMDB. */
const lmdbHeaderBytes = 24;
const leaf = 2;
const overflow = 4;

/** Changes a file in place. */
function rewrite(path: string, change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  change(bytes);
  writeFileSync(path, bytes);
}

function flip(bytes: Buffer, at: number, bit = 4): void {
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
}

/** First bytes of the payloads that have LMDB pages of their own; in a store that only grew, all are live. */
function payloadOffsets(bytes: Buffer): number[] {
  return pageOffsets(bytes, overflow).map((start) => start + lmdbHeaderBytes);
}

/** Flips one bit of the `n`th payload, `into` bytes from its start. */
export function flipPayload(path: string, n: number, into: number): void {
  rewrite(path, (bytes) => {
    const offsets = payloadOffsets(bytes);
    flip(bytes, (offsets[n % offsets.length] ?? 0) + into);
  });
}

/** Flips one bit in the header of a record of block `block`, in every version of the tree that names it. */
export function flipRecordHeader(path: string, block: number, into: number): void {
  rewrite(path, (bytes) => {
    const isOfBlock = (at: number): boolean => {
      // Free room of a tree page may hold the torn rest of an entry.
      const decoded = decodePageHeader(bytes.subarray(at, at + pageHeaderBytes));
      return decoded.kind === 'header' && decoded.header.blockIndex === block;
    };
    let first = bytes.indexOf(headerMagic);
    while (!isOfBlock(first)) first = bytes.indexOf(headerMagic, first + 1);
    const header = Buffer.from(bytes.subarray(first, first + pageHeaderBytes));
    for (let at = first; at >= 0; at = bytes.indexOf(header, at + 1)) flip(bytes, at + into);
  });
}

/** Flips one bit `into` bytes from the start of every leaf page. */
export function flipLeafPages(path: string, into: number): void {
  rewrite(path, (bytes) => {
    for (const start of pageOffsets(bytes, leaf)) flip(bytes, start + into, 2);
  });
}

/** Flips one bit `into` bytes from the start of one of the two meta pages. */
export function flipMetaPage(path: string, page: 0 | 1, into: number): void {
  rewrite(path, (bytes) => flip(bytes, page * lmdbPageBytes + into));
}

/** Pages that say of themselves which they are, and that they are of this kind. */
function pageOffsets(bytes: Buffer, kind: number): number[] {
  const starts = Array.from({ length: bytes.length / lmdbPageBytes }, (_, page) => page * lmdbPageBytes);
  return starts.filter(
    (start, page) => bytes.readBigUInt64LE(start) === BigInt(page) && bytes.readUInt16LE(start + 18) === kind,
  );
}
