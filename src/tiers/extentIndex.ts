import { KvError } from '../core/errors.js';
import type { DiskMeta } from '../core/ports/disk.js';
import { decodeRecord, type ExtentRecord, encodeFormat, encodeRecord, formatKey } from './extentRecord.js';
import { aboutKey, encodeAbout, type IndexStore, indexFormat, openIndexStore } from './indexStore.js';
import { lmdbCause } from './lmdbCause.js';

export type IndexChange =
  | {
      readonly kind: 'put';
      readonly key: Buffer;
      readonly slot: number;
      readonly payloadBytes: number;
      readonly meta: DiskMeta;
    }
  | { readonly kind: 'remove'; readonly key: Buffer };

export interface IndexEntry {
  readonly slot: number;
  readonly payloadBytes: number;
  readonly meta: DiskMeta;
}

export type IndexLookup =
  | { readonly kind: 'found'; readonly entry: IndexEntry }
  | { readonly kind: 'missing' }
  | { readonly kind: 'damaged' };

/** What an index held when it was checked. */
export interface IndexContents {
  readonly records: number;
  readonly formats: ReadonlyMap<number, Uint8Array>;
}

const formatsMax = 2 ** 16;
const missing = { kind: 'missing' } as const;
const damaged = { kind: 'damaged' } as const;

/** The records of a store by key: where each payload lies. Only one `commit` may run at a time. */
export class ExtentIndex {
  readonly #store: IndexStore;
  #records: number;
  readonly #formats: Map<number, Uint8Array>;
  readonly #formatOf = new Map<string, number>();

  private constructor(store: IndexStore, { records, formats }: IndexContents) {
    this.#store = store;
    this.#records = records;
    this.#formats = new Map(formats);
    for (const [number, shared] of formats) this.#formatOf.set(nameOf(shared), number);
  }

  /** The caller has checked what is there. Formats that it does not name are forgotten. @throws what LMDB says. */
  static async open(dir: string, contents: IndexContents): Promise<ExtentIndex> {
    const store = openIndexStore(dir);
    try {
      const unused = [...store.formats.getKeys({ snapshot: false })].filter(
        (key) => !contents.formats.has(Buffer.from(key).readUInt16BE()),
      );
      await store.root.batch(() => {
        for (const key of unused) store.formats.remove(key);
        store.about.put(aboutKey, encodeAbout({ format: indexFormat, records: contents.records }));
      });
    } catch (thrown) {
      await store.root.close();
      throw await lmdbCause(thrown);
    }
    return new ExtentIndex(store, contents);
  }

  get records(): number {
    return this.#records;
  }

  lookUp(key: Uint8Array): IndexLookup {
    const value = this.#store.records.getBinaryFast(key);
    return value === undefined ? missing : this.#entry(key, value);
  }

  /** In the order of keys; damaged records are left out. */
  *scan(): Iterable<IndexEntry & { readonly key: Uint8Array }> {
    for (const { key, value } of this.#store.records.getRange({ snapshot: false })) {
      const found = this.#entry(key, value);
      if (found.kind === 'found') yield { key, ...found.entry };
    }
  }

  /**
   * Makes all changes or none; they are flushed when it answers.
   * @returns the records that are there no more, for their slots.
   * @throws what LMDB says.
   */
  async commit(changes: readonly IndexChange[]): Promise<readonly ExtentRecord[]> {
    const added = this.#newFormats(changes);
    const { replaced, records } = this.#effectOf(changes, added);
    // A reader may see the transaction before this hears of its end.
    for (const [name, number] of added) this.#formats.set(number, bytesOf(name));
    const { about, formats, records: index, root } = this.#store;
    await root.batch(() => {
      for (const [name, number] of added) {
        formats.put(formatKey(number), encodeFormat(bytesOf(name)));
      }
      for (const change of changes) {
        if (change.kind === 'remove') index.remove(change.key);
        else index.put(change.key, encodeRecord(change.key, this.#recordOf(change, added)));
      }
      about.put(aboutKey, encodeAbout({ format: indexFormat, records }));
    });
    // Who reads from now on sees the new snapshot: slots of the old one may be written over.
    this.#store.root.resetReadTxn();
    this.#records = records;
    for (const [name, number] of added) this.#formatOf.set(name, number);
    return replaced;
  }

  close(): Promise<void> {
    return this.#store.root.close();
  }

  #entry(key: Uint8Array, value: Uint8Array): IndexLookup {
    const record = decodeRecord(key, value);
    const shared = record === undefined ? undefined : this.#formats.get(record.format);
    if (record === undefined || shared === undefined) return damaged;
    const { slot, payloadBytes, own } = record;
    return { kind: 'found', entry: { slot, payloadBytes, meta: { shared, own } } };
  }

  #recordOf(change: Extract<IndexChange, { kind: 'put' }>, added: ReadonlyMap<string, number>): ExtentRecord {
    const { slot, payloadBytes, meta } = change;
    const name = nameOf(meta.shared);
    return { format: (this.#formatOf.get(name) ?? added.get(name))!, slot, payloadBytes, own: meta.own };
  }

  #newFormats(changes: readonly IndexChange[]): ReadonlyMap<string, number> {
    const added = new Map<string, number>();
    for (const change of changes) {
      const name = change.kind === 'put' ? nameOf(change.meta.shared) : undefined;
      if (name === undefined || this.#formatOf.has(name) || added.has(name)) continue;
      added.set(name, this.#freeFormat([...added.values()]));
    }
    return added;
  }

  #freeFormat(taken: readonly number[]): number {
    for (let number = 0; number < formatsMax; number += 1) {
      if (!this.#formats.has(number) && !taken.includes(number)) return number;
    }
    throw new KvError('exhausted', `the disk holds pages of ${formatsMax} formats; use another folder`);
  }

  /** What goes, and how many records are left: only one commit runs, so what is there can be looked up. */
  #effectOf(
    changes: readonly IndexChange[],
    added: ReadonlyMap<string, number>,
  ): { readonly replaced: readonly ExtentRecord[]; readonly records: number } {
    const latest = new Map<string, ExtentRecord | null>();
    const replaced: ExtentRecord[] = [];
    let records = this.#records;
    for (const change of changes) {
      const name = nameOf(change.key);
      const stored = latest.has(name) ? undefined : this.#store.records.getBinaryFast(change.key);
      const before = latest.get(name) ?? (stored && decodeRecord(change.key, stored));
      const wasThere = latest.has(name) ? latest.get(name) !== null : stored !== undefined;
      if (before !== undefined && before !== null) replaced.push(before);
      const after = change.kind === 'put' ? this.#recordOf(change, added) : null;
      latest.set(name, after);
      records += Number(after !== null) - Number(wasThere);
    }
    return { replaced, records };
  }
}

const nameOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

const bytesOf = (name: string): Uint8Array => Uint8Array.from(Buffer.from(name, 'latin1'));
