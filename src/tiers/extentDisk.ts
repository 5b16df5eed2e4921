import { accessSync, constants, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { KvError } from '../core/errors.js';
import type {
  Disk,
  DiskMeta,
  DiskOpen,
  DiskPublish,
  DiskRead,
  DiskRecord,
  DiskRemove,
  DiskWrite,
} from '../core/ports/disk.js';
import { ExtentCommitter } from './extentCommitter.js';
import { ExtentIndex } from './extentIndex.js';
import { ExtentRecovery } from './extentRecovery.js';
import { indexFormat, oldestReadableFormat } from './indexStore.js';
import { isDamage } from './isDamage.js';
import { lmdbCause } from './lmdbCause.js';
import { checkLmdb, type LmdbCheck } from './lmdbCheck.js';
import { lmdbDataFile, lmdbFiles, quarantine } from './quarantine.js';
import { isNoRoom, type SlotFile, slotBytesFor } from './slotFile.js';
import { SlotFiles } from './slotFiles.js';

/** What a record takes in the index, with its share of the tree and of pages between two uses. */
const recordOverheadBytes = 160;

interface Opened {
  readonly files: SlotFiles;
  readonly index: ExtentIndex;
  readonly committer: ExtentCommitter;
}

/**
 * The disk port on data files of fixed slots, with an index in LMDB. A payload is written into a free
 * slot and flushed, then the index names it, and only then is the slot free that had the record before. So
 * a record is published when it is flushed, and there is nothing left for `flush` but to wait.
 *
 * The caller holds the lock on the folder (memory/fileLock.ts): LMDB itself lets several processes in.
 */
export class ExtentDisk implements Disk {
  readonly #dir: string;
  #opened: Opened | undefined;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /**
   * @throws KvError `invalid` when the folder cannot be written; `unsupported` when a newer build has
   *   written it; `exhausted` or `unavailable` when the system refuses to open or read it now. Nothing is
   *   open then, and what is stored stays as it is.
   */
  async open(): Promise<DiskOpen> {
    makeWritable(this.#dir);
    try {
      const found = await this.#openIfSound();
      return 'opened' in found ? found.opened : await this.#openAfresh(found);
    } catch (cause) {
      throw cause instanceof KvError ? cause : notOpened(this.#dir, cause);
    }
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
    await this.#ready().committer.settled();
  }

  async read(key: Uint8Array, into: readonly Uint8Array[]): Promise<DiskRead> {
    const { files, index } = this.#ready();
    const found = index.lookUp(key);
    if (found.kind === 'missing') return { kind: 'miss' };
    if (found.kind === 'damaged') return corrupt('its record in the index is damaged');
    const { meta, payloadBytes, slot } = found.entry;
    const wanted = lengthOf(into);
    if (payloadBytes !== wanted)
      return corrupt(`a record of ${payloadBytes} bytes was read as one of ${wanted}`);
    try {
      await files.fileFor(payloadBytes).read(slot, into);
      return { kind: 'hit', meta };
    } catch (cause) {
      return { kind: 'failed', cause };
    }
  }

  async remove(keys: readonly Uint8Array[]): Promise<DiskRemove> {
    const { committer } = this.#ready();
    const outcomes = await Promise.all(
      keys.map((key) =>
        committer.enter().commit({ change: { kind: 'remove', key: Buffer.from(key) }, file: null }),
      ),
    );
    for (const outcome of outcomes) {
      if (outcome.kind === 'failed') return outcome;
      if (outcome.kind === 'full')
        return { kind: 'failed', cause: new KvError('exhausted', 'the medium is full') };
    }
    return { kind: 'removed' };
  }

  *scan(): Iterable<DiskRecord> {
    for (const { key, meta, payloadBytes, slot } of this.#ready().index.scan()) {
      yield { key, meta, bytes: payloadBytes, slot };
    }
  }

  footprintBytes(payloadBytes: number): number {
    return slotBytesFor(payloadBytes) + recordOverheadBytes;
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    if (opened === undefined) return;
    await opened.committer.idle();
    this.#opened = undefined;
    await opened.index.close();
    await opened.files.close();
  }

  /** @throws what the system says: only what means damage may cost what is stored. */
  async #openIfSound(): Promise<{ readonly opened: DiskOpen } | Exclude<LmdbCheck, { kind: 'sound' }>> {
    const files = new SlotFiles(this.#dir);
    try {
      const recovery = new ExtentRecovery(files);
      const found = checkLmdb(this.#dir, recovery);
      if (found.kind === 'sound') return { opened: await this.#openSound(files, recovery, found.records) };
      await files.close();
      return found;
    } catch (cause) {
      await files.close();
      if (!isDamage(cause)) throw cause;
      return { kind: 'damaged', reason: KvError.from(cause).message };
    }
  }

  /** Leaves no index open when it throws. */
  async #openSound(files: SlotFiles, recovery: ExtentRecovery, records: number): Promise<DiskOpen> {
    const { corruptKeys, formats } = recovery;
    const index = await ExtentIndex.open(this.#dir, { records, formats });
    try {
      if (corruptKeys.length > 0) await index.commit(corruptKeys.map((key) => ({ kind: 'remove', key })));
      files.tidy();
    } catch (thrown) {
      await index.close();
      throw await lmdbCause(thrown);
    }
    this.#opened = { files, index, committer: new ExtentCommitter(this.#dir, index, files) };
    return { kind: 'ready', records: index.records, corrupt: corruptKeys.length };
  }

  /** There is no index that can be used: what is in the way goes, and the store starts empty. */
  async #openAfresh(found: Exclude<LmdbCheck, { kind: 'sound' }>): Promise<DiskOpen> {
    if (found.kind === 'newer') throw newer(this.#dir, found.format);
    const dataFiles = SlotFiles.namesIn(this.#dir);
    const opened = this.#clear(found, dataFiles);
    const files = new SlotFiles(this.#dir);
    await this.#openSound(files, new ExtentRecovery(files), 0);
    return opened;
  }

  #clear(found: Exclude<LmdbCheck, { kind: 'sound' }>, dataFiles: readonly string[]): DiskOpen {
    if (found.kind === 'none') {
      if (dataFiles.length === 0) return { kind: 'ready', records: 0, corrupt: 0 };
      const isThere = existsSync(join(this.#dir, lmdbDataFile));
      const bytes = dataFiles.reduce((sum, name) => sum + statSync(join(this.#dir, name)).size, 0);
      for (const name of lmdbFiles) rmSync(join(this.#dir, name), { force: true });
      const reason = `its index is ${isThere ? 'empty' : 'missing'}, and nothing else names the ${bytes} bytes of its data files`;
      return { kind: 'emptied', reason };
    }
    if (found.kind === 'older') {
      const movedTo = quarantine(this.#dir, [...lmdbFiles, ...dataFiles]);
      const reason = `it has disk format ${found.format}, and this build reads ${oldestReadableFormat} to ${indexFormat}`;
      return { kind: 'quarantined', movedTo, reason };
    }
    // Without its index nobody can tell payloads apart, and they may be as large as the budget.
    const { reason } = found as Extract<LmdbCheck, { kind: 'damaged' }>;
    return { kind: 'quarantined', movedTo: quarantine(this.#dir, lmdbFiles), reason };
  }

  async #publish(
    key: Buffer,
    parts: readonly Uint8Array[],
    payloadBytes: number,
    meta: DiskMeta,
  ): Promise<DiskPublish> {
    const { committer, files } = this.#ready();
    const written = lengthOf(parts);
    if (written !== payloadBytes) {
      const reason = `a record of ${payloadBytes} bytes was published with ${written}`;
      return { kind: 'failed', cause: new KvError('internal', reason) };
    }
    const ticket = committer.enter();
    try {
      const file = files.fileFor(payloadBytes);
      const taken = await file.take();
      if (taken.kind === 'slot') {
        const { slot } = taken;
        const refusal = await writeSlot(file, slot, parts);
        if (refusal === undefined) {
          return await ticket.commit({ change: { kind: 'put', key, slot, payloadBytes, meta }, file });
        }
        ticket.giveUp();
        return refusal;
      }
      ticket.giveUp();
      return taken;
    } catch (cause) {
      ticket.giveUp();
      return { kind: 'failed', cause };
    }
  }

  #ready(): Opened {
    if (this.#opened === undefined) throw new KvError('internal', 'the disk was used while it is not open');
    return this.#opened;
  }
}

async function writeSlot(
  file: SlotFile,
  slot: number,
  parts: readonly Uint8Array[],
): Promise<DiskPublish | undefined> {
  try {
    await file.write(slot, parts);
    return undefined;
  } catch (cause) {
    file.release(slot);
    return isNoRoom(cause) ? { kind: 'full' } : { kind: 'failed', cause };
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

function notOpened(dir: string, cause: unknown): KvError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const kind = isNoRoom(cause) ? 'exhausted' : 'unavailable';
  const message = `the pages stored in ${dir} cannot be opened now, and stay as they are: ${reason}`;
  return new KvError(kind, message, { cause, context: { dir } });
}

function newer(dir: string, format: number): KvError {
  return new KvError(
    'unsupported',
    `${dir} has disk format ${format}, and this build knows ${indexFormat}; use a newer build or another folder`,
    { context: { dir, format, known: indexFormat } },
  );
}

function corrupt(reason: string): DiskRead {
  return { kind: 'failed', cause: new KvError('corrupt', reason) };
}

const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0);
