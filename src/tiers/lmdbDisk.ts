import { accessSync, constants, mkdirSync } from 'node:fs';
import { KvError } from '../core/errors.js';
import type { Disk, DiskOpen, DiskPublish, DiskRead, DiskRecord, DiskWrite } from '../core/ports/disk.js';
import { checkLmdb } from './lmdbCheck.js';
import { LmdbCommitter } from './lmdbCommitter.js';
import { quarantineLmdb } from './lmdbQuarantine.js';
import {
  aboutKey,
  decodeEntry,
  encodeAbout,
  encodeEntry,
  type LmdbStore,
  lmdbFormat,
  lmdbPageBytes,
  openLmdbStore,
} from './lmdbStore.js';

/** Header of a run of pages that hold one value. */
const overflowHeaderBytes = 24;
/** Key, node headers, index entry and its share of the tree. */
const recordOverheadBytes = 256;
/** A value shares a page with others up to half a page. */
const sharedPayloadMax = lmdbPageBytes / 2 - 64;
/** Pages shared by records that come and go at random are a little over half full. */
const sharedPageFill = 0.55;

interface Opened {
  readonly store: LmdbStore;
  readonly committer: LmdbCommitter;
}

/**
 * The disk port on LMDB. A record is published when its transaction was flushed, so there is nothing left
 * for `flush` but to wait for what is under way.
 *
 * The caller holds the lock on the folder (memory/fileLock.ts): LMDB itself lets several processes in.
 * A removal that fails, for example for want of space, leaves the record in place.
 */
export class LmdbDisk implements Disk {
  readonly #dir: string;
  #opened: Opened | undefined;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /**
   * @throws KvError `invalid` when the folder cannot be written; `unsupported` when a newer build has
   *   written it.
   */
  async open(): Promise<DiskOpen> {
    makeWritable(this.#dir);
    const found = checkLmdb(this.#dir);
    if (found.kind === 'newer') {
      throw new KvError(
        'unsupported',
        `${this.#dir} has disk format ${found.format}, and this build knows ${lmdbFormat}; use a newer build or another folder`,
        { context: { dir: this.#dir, format: found.format, known: lmdbFormat } },
      );
    }
    if (found.kind === 'damaged') return this.#openAfresh(found.reason);
    try {
      this.#opened = await openAt(this.#dir, found.records);
    } catch (thrown) {
      return this.#openAfresh(thrown instanceof Error ? thrown.message : String(thrown));
    }
    return { kind: 'ready', records: found.records };
  }

  begin(key: Uint8Array, payloadBytes: number): DiskWrite {
    const parts: Uint8Array[] = [];
    return {
      write: (bytes) => void parts.push(bytes),
      publish: (meta) => this.#publish(Buffer.from(key), parts, payloadBytes, meta),
      abort: () => {
        parts.length = 0;
      },
    };
  }

  async flush(): Promise<void> {
    await this.#ready().committer.idle();
  }

  async read(key: Uint8Array, into: readonly Uint8Array[]): Promise<DiskRead> {
    const { store } = this.#ready();
    try {
      await store.payload.prefetch([key]); // page faults happen in another thread
      return readNow(store, key, into);
    } catch (cause) {
      return { kind: 'failed', cause };
    }
  }

  async remove(keys: readonly Uint8Array[]): Promise<void> {
    const { committer } = this.#ready();
    await Promise.all(keys.map((key) => committer.commit({ kind: 'remove', key: Buffer.from(key) })));
  }

  *scan(): Iterable<DiskRecord> {
    const { index } = this.#ready().store;
    for (const { key, value } of index.getRange({ snapshot: false })) {
      const { payloadBytes, meta } = decodeEntry(value);
      yield { key, meta, bytes: payloadBytes };
    }
  }

  footprintBytes(payloadBytes: number): number {
    if (payloadBytes <= sharedPayloadMax) {
      return Math.ceil((payloadBytes + recordOverheadBytes) / sharedPageFill);
    }
    const pages = Math.ceil((payloadBytes + overflowHeaderBytes) / lmdbPageBytes);
    return pages * lmdbPageBytes + recordOverheadBytes;
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    if (opened === undefined) return;
    await opened.committer.idle();
    this.#opened = undefined;
    await opened.store.root.close();
  }

  async #openAfresh(reason: string): Promise<DiskOpen> {
    const movedTo = quarantineLmdb(this.#dir);
    this.#opened = await openAt(this.#dir, 0);
    return { kind: 'quarantined', movedTo, reason };
  }

  async #publish(
    key: Buffer,
    parts: readonly Uint8Array[],
    payloadBytes: number,
    meta: Uint8Array,
  ): Promise<DiskPublish> {
    const { committer } = this.#ready();
    const written = parts.reduce((sum, part) => sum + part.length, 0);
    if (written !== payloadBytes) {
      const cause = new KvError(
        'internal',
        `a record of ${payloadBytes} bytes was published with ${written}`,
      );
      return { kind: 'failed', cause };
    }
    return committer.commit({
      kind: 'put',
      key,
      entry: encodeEntry(payloadBytes, meta),
      parts,
      bytes: payloadBytes,
    });
  }

  #ready(): Opened {
    if (this.#opened === undefined) throw new KvError('internal', 'the disk was used while it is not open');
    return this.#opened;
  }
}

function makeWritable(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true });
    accessSync(dir, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new KvError('invalid', `${dir} cannot be written: ${reason}`, { cause, context: { dir } });
  }
}

async function openAt(dir: string, records: number): Promise<Opened> {
  const store = openLmdbStore(dir);
  if (store.about.getBinary(aboutKey) === undefined) {
    await store.about.put(aboutKey, encodeAbout({ format: lmdbFormat, records }));
  }
  return { store, committer: new LmdbCommitter(dir, store, records) };
}

/** Everything here happens in one turn, and so in one snapshot. */
function readNow(store: LmdbStore, key: Uint8Array, into: readonly Uint8Array[]): DiskRead {
  const entry = store.index.getBinary(key);
  if (entry === undefined) return { kind: 'miss' };
  const { payloadBytes, meta } = decodeEntry(entry);
  const wanted = into.reduce((sum, part) => sum + part.length, 0);
  if (payloadBytes !== wanted) {
    const cause = new KvError('corrupt', `a record of ${payloadBytes} bytes was read as one of ${wanted}`);
    return { kind: 'failed', cause };
  }
  const value = store.payload.getBinaryFast(key);
  // `length` is that of the value; the buffer behind it is LMDB's own, longer and reused by the next read.
  if (value === undefined || value.length !== payloadBytes) {
    const found = value === undefined ? 'none' : `${value.length} bytes`;
    return {
      kind: 'failed',
      cause: new KvError('corrupt', `a payload of ${wanted} bytes was expected, ${found} is there`),
    };
  }
  let at = value.byteOffset;
  for (const part of into) {
    part.set(new Uint8Array(value.buffer, at, part.length));
    at += part.length;
  }
  return { kind: 'hit', meta };
}
