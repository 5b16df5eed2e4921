import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { isMissing } from '../core/isMissing.js';
import { decodeFormat } from './extentRecord.js';
import {
  decodeAbout,
  type IndexAbout,
  indexFormat,
  indexNames,
  indexPageBytes,
  oldestReadableFormat,
} from './indexStore.js';
import { isDamage } from './isDamage.js';
import { damaged, type LmdbMeta, type LmdbTree, readMeta, readTree, subDatabaseFlag } from './lmdbPage.js';
import { type KeyOrder, LmdbTreeWalk } from './lmdbTreeWalk.js';
import { lmdbDataFile } from './quarantine.js';

export type LmdbCheck =
  | { readonly kind: 'sound'; readonly records: number }
  /** There is no file, or one of no bytes. */
  | { readonly kind: 'none' }
  | { readonly kind: 'newer' | 'older'; readonly format: number }
  | { readonly kind: 'damaged'; readonly reason: string };

/** Sees what the index holds while it is checked. Buffers are overwritten later. */
export interface IndexVisitor {
  format(number: number, shared: Uint8Array): void;
  record(key: Buffer, value: Buffer): void;
}

const lmdbMagic = 0xbeef_c0de;
const lmdbDataVersion = 2;
/** The free list's only flag. */
const numberKeys = 0x0008;
const metaBytes = 24 + 144;
/** Of format 1. */
const largestPageBytes = 16 * 1024;

const byteOrder: KeyOrder = (a, b) => Buffer.compare(a, b);
const numberOrder: KeyOrder = (a, b) => Number(a.readBigUInt64LE() - b.readBigUInt64LE());

/**
 * Reads the tree pages of an index before LMDB may: it has no checksums, and on damaged pages it loses
 * keys without a word, or ends the process. What the visitor saw counts only when the index is `sound`.
 * @throws what the system says when the file cannot be opened or read: that says nothing of what is in it.
 */
export function checkLmdb(dir: string, visitor: IndexVisitor): LmdbCheck {
  const path = join(dir, lmdbDataFile);
  const fd = openIfThere(path);
  if (fd === undefined) return { kind: 'none' };
  try {
    return fstatSync(fd).size === 0 ? { kind: 'none' } : checkFile(fd, visitor);
  } catch (thrown) {
    if (!isDamage(thrown)) throw thrown;
    return { kind: 'damaged', reason: thrown instanceof Error ? thrown.message : String(thrown) };
  } finally {
    closeSync(fd);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}

function checkFile(fd: number, visitor: IndexVisitor): LmdbCheck {
  const meta = currentMeta(fd);
  const fileBytes = fstatSync(fd).size;
  if (meta.lastPage >= fileBytes / meta.pageBytes) throw damaged('the file is shorter than it says');
  const walk = new LmdbTreeWalk(fd, meta);
  const trees = new Map<string, LmdbTree>();
  walk.walk(meta.main, byteOrder, ({ key, value, flags }) => {
    if (flags !== subDatabaseFlag || value?.length !== 48)
      throw damaged('an entry of the main tree is damaged');
    trees.set(key.toString('latin1').replace(/\0$/, ''), readTree(value, 0));
  });
  const about = readAbout(walk, trees.get(indexNames.about));
  if (about.format > indexFormat) return { kind: 'newer', format: about.format };
  if (about.format < oldestReadableFormat) return { kind: 'older', format: about.format };
  if (meta.pageBytes !== indexPageBytes) throw damaged('a meta page is damaged');
  visitFormats(walk, trees.get(indexNames.formats), visitor);
  const records = visitRecords(walk, trees.get(indexNames.records), visitor);
  if (records !== about.records) throw damaged(`${about.records} records were stored, ${records} are there`);
  claimFreePages(walk, meta);
  return { kind: 'sound', records };
}

/** The newer of the two meta pages, as LMDB picks it. */
function currentMeta(fd: number): LmdbMeta {
  const even = readMetaAt(fd, 0);
  const odd = readMetaAt(fd, even.pageBytes);
  if (even.pageBytes !== odd.pageBytes || !followEachOther(even.transaction, odd.transaction))
    throw damaged('the meta pages do not follow each other');
  return even.transaction >= odd.transaction ? even : odd;
}

function readMetaAt(fd: number, at: number): LmdbMeta {
  const bytes = Buffer.alloc(metaBytes);
  if (readSync(fd, bytes, 0, metaBytes, at) !== metaBytes) throw damaged('the meta pages are missing');
  const meta = readMeta(bytes);
  const isOurs =
    bytes.readUInt32LE(24) === lmdbMagic &&
    bytes.readUInt32LE(28) === lmdbDataVersion &&
    (meta.pageBytes === indexPageBytes || meta.pageBytes === largestPageBytes) &&
    meta.free.flags === numberKeys &&
    meta.main.flags === 0;
  if (!isOurs) throw damaged('a meta page is damaged');
  return meta;
}

/** Transactions write the two pages in turn. A wrong number would bring an older snapshot back, silently. */
function followEachOther(even: number, odd: number): boolean {
  const isNew = even === 0 && odd === 0;
  return isNew || (even % 2 === 0 && Math.abs(even - odd) === 1);
}

/** A store that was given up while it was made has no `about` yet, and no records either. */
function readAbout(walk: LmdbTreeWalk, tree: LmdbTree | undefined): IndexAbout {
  let about: IndexAbout | undefined = { format: indexFormat, records: 0 };
  if (tree === undefined) return about;
  walk.walk(tree, byteOrder, ({ value }) => {
    about = value === undefined ? undefined : decodeAbout(value);
    if (about === undefined) throw damaged('what the store says of itself is damaged');
  });
  return about;
}

function visitFormats(walk: LmdbTreeWalk, tree: LmdbTree | undefined, visitor: IndexVisitor): void {
  if (tree === undefined) return;
  walk.walk(tree, byteOrder, ({ key, value }) => {
    const shared = value === undefined ? undefined : decodeFormat(value);
    if (key.length !== 2 || shared === undefined) throw damaged('a format of the index is damaged');
    visitor.format(key.readUInt16BE(0), shared);
  });
}

function visitRecords(walk: LmdbTreeWalk, tree: LmdbTree | undefined, visitor: IndexVisitor): number {
  let records = 0;
  if (tree === undefined) return records;
  walk.walk(tree, byteOrder, ({ key, value }) => {
    if (value === undefined) throw damaged('a record of the index is damaged');
    records += 1;
    visitor.record(key, value);
  });
  return records;
}

/** The free list must not name a page in use: it would be written over. Blocks are `-length, first`. */
function claimFreePages(walk: LmdbTreeWalk, meta: LmdbMeta): void {
  walk.walk(meta.free, numberOrder, (node) => {
    const list = walk.valueOf(node);
    const ids = list.length < 8 ? 0 : Number(list.readBigUInt64LE(0));
    if (node.key.length !== 8 || (ids + 1) * 8 > list.length) throw damaged('the free list is damaged');
    for (let i = 1; i <= ids; i += 1) {
      const id = Number(list.readBigInt64LE(i * 8));
      if (id > 0) walk.claim(id, 1);
      if (id < 0) {
        i += 1;
        if (i > ids) throw damaged('the free list is damaged');
        walk.claim(Number(list.readBigInt64LE(i * 8)), -id);
      }
    }
  });
}
