import { statfsSync } from 'node:fs';
import { constants } from 'node:os';
import type { DiskPublish } from '../core/ports/disk.js';
import { LmdbStaging } from './lmdbStaging.js';
import { aboutKey, encodeAbout, type LmdbStore, lmdbFormat } from './lmdbStore.js';

/** One transaction holds at most this many changes and payload bytes; the rest waits for the next. */
const batchChangesMax = 64;
const batchBytesMax = 16 * 2 ** 20;

export type LmdbChange =
  | {
      readonly kind: 'put';
      readonly key: Buffer;
      readonly entry: Buffer;
      /** The payload in parts, which together are `bytes` long. */
      readonly parts: readonly Uint8Array[];
      readonly bytes: number;
    }
  | { readonly kind: 'remove'; readonly key: Buffer };

interface Waiting {
  readonly change: LmdbChange;
  readonly settle: (outcome: DiskPublish) => void;
}

/**
 * Commits changes in the order given, those that wait together in one transaction, which also carries the
 * number of records. One transaction runs at a time, so that the number can be told from what is there.
 * LMDB reads payloads in its own thread, by reference, until the outcome is known.
 */
export class LmdbCommitter {
  readonly #dir: string;
  readonly #store: LmdbStore;
  readonly #staging = new LmdbStaging();
  readonly #waiting: Waiting[] = [];
  #records: number;
  #running: Promise<void> | undefined;

  constructor(dir: string, store: LmdbStore, records: number) {
    this.#dir = dir;
    this.#store = store;
    this.#records = records;
  }

  commit(change: LmdbChange): Promise<DiskPublish> {
    return new Promise((settle) => {
      this.#waiting.push({ change, settle });
      this.#running ??= this.#run();
    });
  }

  /** Waits until nothing waits. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // what is published in one go shares the first transaction
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      const outcome = await this.#commitBatch(batch.map(({ change }) => change));
      for (const { settle } of batch) settle(outcome);
    }
    this.#running = undefined;
  }

  #takeBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { change } of this.#waiting) {
      bytes += change.kind === 'put' ? change.bytes : 0;
      if (count === batchChangesMax || (count > 0 && bytes > batchBytesMax)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #commitBatch(changes: readonly LmdbChange[]): Promise<DiskPublish> {
    const { root, about, index, payload } = this.#store;
    try {
      const records = this.#recordsAfter(changes);
      await root.batch(() => {
        for (const change of changes) {
          if (change.kind === 'remove') {
            index.remove(change.key);
            payload.remove(change.key);
          } else {
            index.put(change.key, change.entry);
            payload.put(change.key, this.#staging.join(change.parts, change.bytes));
          }
        }
        about.put(aboutKey, encodeAbout({ format: lmdbFormat, records }));
      });
      this.#records = records;
      return { kind: 'published' };
    } catch (thrown) {
      const cause = await causeOf(thrown);
      return isFull(cause, () => this.#isNearlyFull()) ? { kind: 'full' } : { kind: 'failed', cause };
    } finally {
      this.#staging.reset();
    }
  }

  #isNearlyFull(): boolean {
    const { bavail, bsize } = statfsSync(this.#dir);
    return bavail * bsize < 2 * batchBytesMax;
  }

  #recordsAfter(changes: readonly LmdbChange[]): number {
    const present = new Map<string, boolean>();
    let records = this.#records;
    for (const { kind, key } of changes) {
      const name = key.toString('latin1');
      const was = present.get(name) ?? this.#store.index.doesExist(key);
      const is = kind === 'put';
      records += Number(is) - Number(was);
      present.set(name, is);
    }
    return records;
  }
}

/** lmdb rejects with a general error; the real one rejects a promise that hangs on it. */
async function causeOf(thrown: unknown): Promise<unknown> {
  if (!(thrown instanceof Error && 'commitError' in thrown)) return thrown;
  try {
    await thrown.commitError;
    return thrown;
  } catch (cause) {
    return cause;
  }
}

const mapFull = -30792;

/** LMDB calls a write that was cut short an I/O error: on a medium that is nearly full, that is why. */
function isFull(cause: unknown, isNearlyFull: () => boolean): boolean {
  if (!(cause instanceof Error && 'code' in cause)) return false;
  const { ENOSPC, EDQUOT, EFBIG, EIO } = constants.errno;
  const codes: readonly unknown[] = [mapFull, ENOSPC, EDQUOT, EFBIG];
  return codes.includes(cause.code) || (cause.code === EIO && isNearlyFull());
}
