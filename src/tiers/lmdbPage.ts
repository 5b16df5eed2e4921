import { KvError } from '../core/errors.js';

/**
 * How LMDB lays out its file, as far as a check needs it: data version 2, little-endian, 64 bits. A page
 * has a header of 24 bytes (number, transaction, pad, flags, then bounds of the free space), offsets of
 * its nodes growing up, the nodes themselves filled from the end down.
 */
export const pageHeaderBytes = 24;
const nodeHeaderBytes = 8;
const branchFlag = 0x01;
const leafFlag = 0x02;
const kindFlags = 0x7f;
const bigDataFlag = 0x01;
export const subDatabaseFlag = 0x02;

/** The root page of a tree that is empty. */
export const noPage = -1;

/** What LMDB notes of one tree. */
export interface LmdbTree {
  /** Says how keys are ordered and whether they repeat. */
  readonly flags: number;
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
  readonly root: number;
}

export interface LmdbMeta {
  readonly pageBytes: number;
  readonly free: LmdbTree;
  readonly main: LmdbTree;
  readonly lastPage: number;
  readonly transaction: number;
}

export interface LmdbNode {
  readonly key: Buffer;
  readonly flags: number;
  /** Of the value, wherever it lies. */
  readonly bytes: number;
  /** The value where it lies in the page; undefined for one that has pages of its own. */
  readonly value: Buffer | undefined;
  /** The pages of a value that has its own. */
  readonly overflow:
    | { readonly page: number; readonly pages: number; readonly transaction: number }
    | undefined;
}

export interface LmdbBranch {
  readonly key: Buffer;
  readonly child: number;
}

/** What was found is not what LMDB writes. */
export function damaged(what: string): KvError {
  return new KvError('corrupt', what);
}

/** A word of 64 bits that counts something; what no file can hold is damage. */
function count(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged('a count in a tree page is out of range');
  return Number(value);
}

export function readTree(bytes: Buffer, at: number): LmdbTree {
  const root = bytes.readBigUInt64LE(at + 40);
  return {
    flags: bytes.readUInt16LE(at + 4),
    depth: bytes.readUInt16LE(at + 6),
    branchPages: count(bytes, at + 8),
    leafPages: count(bytes, at + 16),
    overflowPages: count(bytes, at + 24),
    entries: count(bytes, at + 32),
    root: root === 0xffff_ffff_ffff_ffffn ? noPage : count(bytes, at + 40),
  };
}

/** @param bytes from the start of the page that holds it. */
export function readMeta(bytes: Buffer): LmdbMeta {
  const at = pageHeaderBytes;
  return {
    pageBytes: bytes.readUInt32LE(at + 24),
    free: readTree(bytes, at + 24),
    main: readTree(bytes, at + 72),
    lastPage: count(bytes, at + 120),
    transaction: count(bytes, at + 128),
  };
}

/** @throws KvError `corrupt` when the page is not number `page` of a snapshot up to `transaction`. */
export function checkPage(bytes: Buffer, page: number, isLeaf: boolean, transaction: number): void {
  const flags = bytes.readUInt16LE(18) & kindFlags;
  const lower = bytes.readUInt16LE(20);
  const upper = bytes.readUInt16LE(22);
  const sound =
    count(bytes, 0) === page &&
    count(bytes, 8) <= transaction &&
    flags === (isLeaf ? leafFlag : branchFlag) &&
    lower > 0 &&
    lower % 2 === 0 &&
    upper % 2 === 0 &&
    lower <= upper &&
    upper <= bytes.length - pageHeaderBytes;
  if (!sound) throw damaged(`the header of tree page ${page} is damaged`);
}

/** Where each node starts. @throws KvError `corrupt` for offsets outside the page's filled part. */
function nodeOffsets(bytes: Buffer): number[] {
  const nodes = bytes.readUInt16LE(20) / 2;
  const first = pageHeaderBytes + bytes.readUInt16LE(22);
  return Array.from({ length: nodes }, (_, i) => {
    const at = pageHeaderBytes + bytes.readUInt16LE(pageHeaderBytes + 2 * i);
    if (at < first || at % 2 !== 0 || at + nodeHeaderBytes > bytes.length)
      throw damaged('a tree page is damaged');
    return at;
  });
}

/** Nodes fill the end of a page without gaps: a wrong length anywhere shows in the sum. */
function checkFill(bytes: Buffer, filled: number): void {
  const expected = bytes.length - pageHeaderBytes - bytes.readUInt16LE(22);
  if (filled !== expected) throw damaged('the nodes of a tree page do not add up');
}

export function readBranches(bytes: Buffer): LmdbBranch[] {
  let filled = 0;
  const branches = nodeOffsets(bytes).map((at): LmdbBranch => {
    const child = bytes.readUInt32LE(at) + bytes.readUInt16LE(at + 4) * 2 ** 32;
    const end = at + nodeHeaderBytes + bytes.readUInt16LE(at + 6);
    filled += even(end - at);
    return { key: bytes.subarray(at + nodeHeaderBytes, end), child };
  });
  checkFill(bytes, filled);
  return branches;
}

export function readLeaves(bytes: Buffer): LmdbNode[] {
  let filled = 0;
  const nodes = nodeOffsets(bytes).map((at): LmdbNode => {
    const valueBytes = bytes.readUInt32LE(at);
    const flags = bytes.readUInt16LE(at + 4);
    const keyEnd = at + nodeHeaderBytes + bytes.readUInt16LE(at + 6);
    const isBig = (flags & bigDataFlag) !== 0;
    const end = keyEnd + (isBig ? 24 : valueBytes);
    if (end > bytes.length || flags > 3) throw damaged('a node of a tree page is damaged');
    filled += even(end - at);
    return {
      key: bytes.subarray(at + nodeHeaderBytes, keyEnd),
      flags,
      bytes: valueBytes,
      value: isBig ? undefined : bytes.subarray(keyEnd, end),
      overflow: isBig
        ? {
            page: count(bytes, keyEnd),
            transaction: count(bytes, keyEnd + 8),
            pages: count(bytes, keyEnd + 16),
          }
        : undefined,
    };
  });
  checkFill(bytes, filled);
  return nodes;
}

const even = (bytes: number): number => bytes + (bytes % 2);
