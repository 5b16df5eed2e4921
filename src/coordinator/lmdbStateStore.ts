import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { KvError } from '../core/errors.js';
import type { SequenceId } from '../core/plan.js';
import type { StateChange } from './durableState.js';
import { looksLikeLmdb, statePageBytes } from './lmdbFile.js';
import { decodeRecord, encodeRecord, growthPrefix, recordKey } from './stateRecord.js';
import type { StateOpen, StateStore } from './stateStore.js';
import { StateTables } from './stateTables.js';

/**
 * Counts up when the meaning of what is stored changes; a store of a newer format is not touched. Format 1 has no
 * records of a sequence's growth, and is read as it is.
 */
const format = 2;

const aboutKey = 'about';

type Records = RootDatabase<Uint8Array, string>;

type Loaded =
  | { readonly kind: 'sound'; readonly tables: StateTables }
  | { readonly kind: 'damaged'; readonly reason: string };

/**
 * The durable state in LMDB, in `state/` of a folder that the caller has locked. Each record carries a
 * checksum; LMDB has none of its own, so a count of the records notices those that damage made vanish.
 */
export class LmdbStateStore implements StateStore {
  private records: Records | undefined;

  constructor(private readonly folder: string) {}

  async open(): Promise<StateOpen> {
    const path = join(this.folder, 'state');
    try {
      mkdirSync(path, { recursive: true });
    } catch (cause) {
      throw new KvError('invalid', `${path} cannot be written: choose another --data-dir`, { cause });
    }
    const loaded = await this.load(path);
    if (loaded.kind === 'sound') return { kind: 'ready', state: loaded.tables.snapshot() };
    await this.close();
    const movedTo = this.quarantine(path);
    this.records = openRecords(path);
    const state = new StateTables().snapshot();
    return { kind: 'quarantined', state, movedTo, reason: loaded.reason };
  }

  async write(changes: readonly StateChange[]): Promise<void> {
    const { records } = this;
    if (records === undefined) throw new KvError('unavailable', 'the state store is closed');
    try {
      await records.transaction(() => {
        // Read here, where a change that was not committed has left no trace.
        const before = records.get(aboutKey);
        const count = before === undefined ? 0 : readAbout(before).records;
        const added = changes.reduce((sum, change) => sum + make(records, change), 0);
        records.putSync(aboutKey, encodeRecord({ format, records: count + added }));
      });
    } catch (cause) {
      throw new KvError('unavailable', `the state in ${this.folder} cannot be written`, { cause });
    }
  }

  async close(): Promise<void> {
    await this.records?.close();
    this.records = undefined;
  }

  /** @throws KvError `unsupported` for a newer format. */
  private async load(path: string): Promise<Loaded> {
    try {
      if (!looksLikeLmdb(join(path, 'data.mdb'))) return { kind: 'damaged', reason: 'it is no database' };
      this.records = openRecords(path);
      return readAll(this.records, path);
    } catch (thrown) {
      if (thrown instanceof KvError) throw thrown;
      return { kind: 'damaged', reason: thrown instanceof Error ? thrown.message : String(thrown) };
    }
  }

  private quarantine(path: string): string {
    const room = join(this.folder, 'quarantine');
    mkdirSync(room, { recursive: true });
    let number = 1;
    while (existsSync(join(room, `state-${number}`))) number += 1;
    const movedTo = join(room, `state-${number}`);
    renameSync(path, movedTo);
    mkdirSync(path);
    return movedTo;
  }
}

/** @returns by how much the number of records grew. */
function make(records: Records, change: StateChange): number {
  const key = recordKey(change);
  const forgotten = forgetGrowth(records, change);
  const exists = records.doesExist(key);
  if (change.kind === 'dropSequence' || change.kind === 'dropPin') {
    if (exists) records.removeSync(key);
    return (exists ? -1 : 0) - forgotten;
  }
  records.putSync(key, encodeRecord(change));
  return (exists ? 0 : 1) - forgotten;
}

/** What a sequence that is put, dropped or grown loses of its growth so far. @returns how many records went. */
function forgetGrowth(records: Records, change: StateChange): number {
  const gone = goneGrowth(change);
  if (gone === null) return 0;
  const own = recordKey(change);
  const keys = [...records.getKeys(gone)].filter((key) => key !== own);
  for (const key of keys) records.removeSync(key);
  return keys.length;
}

/** Of one that grows what lies further on, which is nothing unless it was cut. */
function goneGrowth(change: StateChange): { readonly start: string; readonly end: string } | null {
  const all = (id: SequenceId) => ({ start: growthPrefix(id), end: `${growthPrefix(id)}~` });
  switch (change.kind) {
    case 'putSequence':
      return all(change.sequence.id);
    case 'dropSequence':
      return all(change.sequence);
    case 'growSequence':
      return { ...all(change.growth.id), start: recordKey(change) };
    default:
      return null;
  }
}

interface About {
  readonly format: number;
  readonly records: number;
}

/** What has the right checksum was written by `write`. */
function readAbout(record: Uint8Array): About {
  const read = decodeRecord(record);
  return read.kind === 'sound' ? (read.value as About) : { format, records: Number.NaN };
}

function openRecords(path: string): Records {
  return open<Uint8Array, string>({
    path,
    noSubdir: false,
    encoding: 'binary',
    cache: false,
    pageSize: statePageBytes,
  });
}

function readAll(records: Records, path: string): Loaded {
  const tables = new StateTables();
  let expected = 0;
  let found = 0;
  for (const { key, value } of records.getRange()) {
    const read = decodeRecord(value);
    if (read.kind === 'corrupt') return { kind: 'damaged', reason: `the record "${key}" is corrupt` };
    if (key === aboutKey) {
      const about = readAbout(value);
      if (about.format > format) {
        throw new KvError(
          'unsupported',
          `${path} was written by a newer kvtide (format ${about.format}, this one knows ${format})`,
        );
      }
      expected = about.records;
    } else {
      tables.apply(read.value as StateChange);
      found += 1;
    }
  }
  if (found !== expected) {
    return { kind: 'damaged', reason: `${expected} records were written and ${found} are there` };
  }
  return { kind: 'sound', tables };
}
