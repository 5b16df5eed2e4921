import { createHash } from 'node:crypto';
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import {
  damaged,
  type LmdbMeta,
  type LmdbNode,
  type LmdbTree,
  readMeta,
  readTree,
  subDatabaseFlag,
} from './lmdbPage.js';
import { lmdbDataFile } from './lmdbQuarantine.js';
import {
  decodeAbout,
  decodeEntry,
  type LmdbAbout,
  lmdbFormat,
  lmdbNames,
  lmdbPageBytes,
} from './lmdbStore.js';
import { type KeyOrder, LmdbTreeWalk } from './lmdbTreeWalk.js';

export type LmdbCheck =
  | { readonly kind: 'sound'; readonly records: number }
  | { readonly kind: 'newer'; readonly format: number }
  | { readonly kind: 'damaged'; readonly reason: string };

const lmdbMagic = 0xbeef_c0de;
const lmdbDataVersion = 2;
/** The free list's only flag. */
const numberKeys = 0x0008;
const metaBytes = 24 + 144;

const byteOrder: KeyOrder = (a, b) => Buffer.compare(a, b);
const numberOrder: KeyOrder = (a, b) => Number(a.readBigUInt64LE() - b.readBigUInt64LE());

/**
 * Reads the tree pages of a store before LMDB may: it has no checksums, and on damaged pages it loses
 * keys without a word, or ends the process. Payloads are not read; whoever reads them has their checksums.
 */
export function checkLmdb(dir: string): LmdbCheck {
  const path = join(dir, lmdbDataFile);
  if (!existsSync(path)) return { kind: 'sound', records: 0 };
  const fd = openSync(path, 'r');
  try {
    return fstatSync(fd).size === 0 ? { kind: 'sound', records: 0 } : checkFile(fd);
  } catch (thrown) {
    return { kind: 'damaged', reason: thrown instanceof Error ? thrown.message : String(thrown) };
  } finally {
    closeSync(fd);
  }
}

function checkFile(fd: number): LmdbCheck {
  const meta = currentMeta(fd);
  const fileBytes = fstatSync(fd).size;
  if (meta.lastPage >= fileBytes / lmdbPageBytes) throw damaged('the file is shorter than it says');
  const walk = new LmdbTreeWalk(fd, meta);
  const trees = new Map<string, LmdbTree>();
  walk.walk(meta.main, byteOrder, ({ key, value, flags }) => {
    if (flags !== subDatabaseFlag || value?.length !== 48)
      throw damaged('an entry of the main tree is damaged');
    trees.set(key.toString('latin1').replace(/\0$/, ''), readTree(value, 0));
  });
  const about = readAbout(walk, trees.get(lmdbNames.about));
  if (about.format > lmdbFormat) return { kind: 'newer', format: about.format };
  const index = digestRecords(walk, trees.get(lmdbNames.index), ({ value }) => {
    if (value === undefined || value.length < 4) throw damaged('an index entry is damaged');
    return decodeEntry(value).payloadBytes;
  });
  const payload = digestRecords(walk, trees.get(lmdbNames.payload), ({ bytes }) => bytes);
  if (index.digest !== payload.digest) throw damaged('index and payloads do not name the same records');
  if (index.records !== about.records)
    throw damaged(`${about.records} records were stored, ${index.records} are there`);
  claimFreePages(walk, meta);
  return { kind: 'sound', records: index.records };
}

/** The newer of the two meta pages, as LMDB picks it. */
function currentMeta(fd: number): LmdbMeta {
  const even = readMetaAt(fd, 0);
  const odd = readMetaAt(fd, lmdbPageBytes);
  if (!followEachOther(even.transaction, odd.transaction))
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
    meta.pageBytes === lmdbPageBytes &&
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
function readAbout(walk: LmdbTreeWalk, tree: LmdbTree | undefined): LmdbAbout {
  let about: LmdbAbout = { format: lmdbFormat, records: 0 };
  if (tree === undefined) return about;
  walk.walk(tree, byteOrder, ({ value }) => {
    if (value?.length !== 16) throw damaged('what the store says of itself is damaged');
    about = decodeAbout(value);
  });
  return about;
}

/** One digest over every key and its payload's length, so that two trees can be compared. */
function digestRecords(
  walk: LmdbTreeWalk,
  tree: LmdbTree | undefined,
  payloadBytes: (node: LmdbNode) => number,
): { readonly records: number; readonly digest: string } {
  const hash = createHash('sha256');
  const lengths = Buffer.alloc(8);
  let records = 0;
  if (tree !== undefined) {
    walk.walk(tree, byteOrder, (node) => {
      lengths.writeUInt32LE(node.key.length, 0);
      lengths.writeUInt32LE(payloadBytes(node), 4);
      hash.update(lengths).update(node.key);
      records += 1;
    });
  }
  return { records, digest: hash.digest('hex') };
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
