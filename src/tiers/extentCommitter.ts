import { statfsSync } from 'node:fs';
import { constants } from 'node:os';
import type { DiskPublish } from '../core/ports/disk.js';
import type { ExtentIndex, IndexChange } from './extentIndex.js';
import { lmdbCause } from './lmdbCause.js';
import { isNoRoom, type SlotFile } from './slotFile.js';

/** One transaction holds at most this many changes; the rest waits for the next. */
const batchChangesMax = 256;
/** LMDB calls a write that was cut short an I/O error: with less room than this, that is why. */
const nearlyFullBytes = 4 * 2 ** 20;

/** A put whose payload is written, with the file it is in, or a removal. */
export interface ExtentChange {
  readonly change: IndexChange;
  readonly file: Pick<SlotFile, 'sync'> | null;
}

/** A place in the order of changes, taken before the payload is written. */
export interface CommitTicket {
  /** The payload is written, though not flushed. Settles when the change would survive a power loss. */
  commit(change: ExtentChange): Promise<DiskPublish>;
  /** There will be no change. */
  giveUp(): void;
}

interface Entry {
  change: ExtentChange | null;
  isSettled: boolean;
  settle: (outcome: DiskPublish) => void;
}

/**
 * Commits changes in the order of their tickets, in two steps: the data files are flushed, then one
 * transaction makes the changes, and only then are the slots free that had the records before. What waits
 * together shares both; while one batch is in its transaction, the next is flushed.
 */
export class ExtentCommitter {
  readonly #dir: string;
  readonly #index: Pick<ExtentIndex, 'commit'>;
  readonly #files: { fileFor(payloadBytes: number): Pick<SlotFile, 'release'> };
  readonly #entries: Entry[] = [];
  #running: Promise<void> | undefined;
  #indexing: Promise<void> = Promise.resolve();
  #wake: (() => void) | undefined;

  constructor(
    dir: string,
    index: Pick<ExtentIndex, 'commit'>,
    files: { fileFor(payloadBytes: number): Pick<SlotFile, 'release'> },
  ) {
    this.#dir = dir;
    this.#index = index;
    this.#files = files;
  }

  enter(): CommitTicket {
    const entry: Entry = { change: null, isSettled: false, settle: () => {} };
    this.#entries.push(entry);
    const advance = () => {
      entry.isSettled = true;
      this.#wake?.();
      this.#running ??= this.#run();
    };
    return {
      commit: (change) =>
        new Promise((settle) => {
          entry.change = change;
          entry.settle = settle;
          advance();
        }),
      giveUp: advance,
    };
  }

  /** Waits until every ticket that was taken before is through, whatever comes meanwhile. */
  async settled(): Promise<void> {
    if (this.#entries.length === 0) {
      await this.#indexing;
      return;
    }
    await new Promise<void>((resolve) => {
      this.#entries.push({ change: null, isSettled: true, settle: () => resolve() });
      this.#wake?.();
      this.#running ??= this.#run();
    });
  }

  /** Waits until no ticket is left that is not through; none may be taken meanwhile. */
  async idle(): Promise<void> {
    while (this.#entries.length > 0) {
      this.#running ??= this.#run();
      await this.#running;
    }
    await this.#indexing;
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // what is published in one go shares the first batch
    while (this.#entries.length > 0) {
      if (!this.#entries[0]?.isSettled) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
        continue;
      }
      const batch = this.#takeBatch();
      const refusal = await this.#sync(batch);
      await this.#indexing;
      this.#indexing = refusal === undefined ? this.#commit(batch) : this.#refuse(batch, refusal);
    }
    this.#running = undefined;
  }

  #takeBatch(): Entry[] {
    let count = 0;
    while (count < batchChangesMax && this.#entries[count]?.isSettled) count += 1;
    return this.#entries.splice(0, count);
  }

  async #sync(batch: readonly Entry[]): Promise<DiskPublish | undefined> {
    const files = new Set(batch.flatMap(({ change }) => change?.file ?? []));
    try {
      await Promise.all([...files].map((file) => file.sync()));
      return undefined;
    } catch (cause) {
      return isNoRoom(cause) ? { kind: 'full' } : { kind: 'failed', cause };
    }
  }

  async #commit(batch: readonly Entry[]): Promise<void> {
    const changes = batch.flatMap(({ change }) => change?.change ?? []);
    let outcome: DiskPublish = { kind: 'published' };
    try {
      const replaced = changes.length === 0 ? [] : await this.#index.commit(changes);
      for (const { payloadBytes, slot } of replaced) this.#files.fileFor(payloadBytes).release(slot);
    } catch (thrown) {
      const cause = await lmdbCause(thrown);
      outcome = this.#isFull(cause) ? { kind: 'full' } : { kind: 'failed', cause };
    }
    // Slots of a transaction that failed stay taken: some of it may be on the medium.
    for (const { settle } of batch) settle(outcome);
  }

  async #refuse(batch: readonly Entry[], outcome: DiskPublish): Promise<void> {
    for (const { settle } of batch) settle(outcome);
  }

  #isFull(cause: unknown): boolean {
    if (isNoRoom(cause)) return true;
    if (!(cause instanceof Error && 'code' in cause)) return false;
    return cause.code === mapFull || (cause.code === constants.errno.EIO && this.#isNearlyFull());
  }

  #isNearlyFull(): boolean {
    try {
      const { bavail, bsize } = statfsSync(this.#dir);
      return bavail * bsize < nearlyFullBytes;
    } catch {
      return false;
    }
  }
}

const mapFull = -30792;
