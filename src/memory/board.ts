import { type StallCause, stallCauses } from '../core/stallCause.js';

/** Who changes entries: the main thread loads pages, the compute thread reads them. */
export type BoardSide = 'main' | 'compute';

export type EntryState = 'pending' | 'wanted' | 'ready' | 'failed' | 'consumed';

const cancelledWord = 0;
const changesWord = { main: 1, compute: 2 } as const;
const firstEntry = 3;

/** How long `changedSoon` looks, and how often it looks before it asks for the time. */
const spinMs = 0.05;
const looksPerTime = 200;

/** Of a ready entry: slot + 1 in the low bits, above them what it was waited for, as 1 + its index, or 0. */
const slotMask = 0xff_ffff;
const causeShift = 24;

const pending = 0;
const failed = -1;
const consumed = -2;
const wanted = -3;

/**
 * What the main thread and the compute thread tell each other about the pages of one step, in shared
 * memory. Each page that the step reads has an entry. The main thread moves it from `pending` to `ready`
 * (at a slot) or to `failed`, the compute thread from `ready` to `consumed`: then the slot is free again.
 * Entries that both know to be chosen by the compute thread start as the others do, but a `pending` one is
 * left alone by the main thread until the compute thread has made it `wanted`, or `consumed`, unread.
 *
 * The words: cancelled, changes by main, changes by compute, then an Int32 an entry (its slot when ready).
 * Each side counts its own changes and sleeps on the other's count, so that nobody wakes itself. A sleeper
 * reads the count, then the entries, and sleeps while the count is what it read: no change is missed.
 */
export class Board {
  readonly #words: Int32Array;

  /** @param memory of a board made in another thread. */
  constructor(readonly memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
  }

  static create(entries: number): Board {
    return new Board(boardMemory(entries));
  }

  get entries(): number {
    return this.#words.length - firstEntry;
  }

  state(entry: number): EntryState {
    const code = Atomics.load(this.#words, firstEntry + entry);
    if (code > 0) return 'ready';
    if (code === pending) return 'pending';
    if (code === wanted) return 'wanted';
    return code === failed ? 'failed' : 'consumed';
  }

  /** Where the page of an entry lies; asked only while it is `ready`. */
  slot(entry: number): number {
    return (Atomics.load(this.#words, firstEntry + entry) & slotMask) - 1;
  }

  /** What the page of a `ready` entry had to come from or wait for; null where it was on the device. */
  lateFor(entry: number): StallCause | null {
    return stallCauses[(Atomics.load(this.#words, firstEntry + entry) >> causeShift) - 1] ?? null;
  }

  get cancelled(): boolean {
    return Atomics.load(this.#words, cancelledWord) === 1;
  }

  /** Main: the page of `entry` lies in `slot`, and stays there until the entry is `consumed`. */
  ready(entry: number, slot: number): void {
    this.place(entry, slot);
    this.changed('main');
  }

  /** Main: as `ready`, but wakes nobody; `announce` does, once for all that was placed. */
  place(entry: number, slot: number, lateFor: StallCause | null = null): void {
    const cause = lateFor === null ? 0 : stallCauses.indexOf(lateFor) + 1;
    Atomics.store(this.#words, firstEntry + entry, (cause << causeShift) | (slot + 1));
  }

  /** Main: wakes the compute thread for what was placed. */
  announce(): void {
    this.changed('main');
  }

  /** Main: the page of `entry` will not come. */
  fail(entry: number): void {
    this.#put('main', entry, failed);
  }

  /** Main: makes the compute thread give up the step, also when it sleeps. */
  cancel(): void {
    Atomics.store(this.#words, cancelledWord, 1);
    this.changed('main');
  }

  /** Main: makes every entry `pending` for a new step. The compute thread must be between steps. */
  reset(): void {
    this.#words.fill(pending, firstEntry);
    Atomics.store(this.#words, cancelledWord, 0);
  }

  /** Compute: the page of `entry` was read for the last time. */
  consume(entry: number): void {
    this.#put('compute', entry, consumed);
  }

  /**
   * Compute: of entries that it chooses from, says whether the page of this one is read. Called once, while the
   * entry is `pending` or `ready`; wakes nobody, `chose` does, once for all.
   */
  choose(entry: number, isRead: boolean): void {
    const at = firstEntry + entry;
    if (!isRead) Atomics.store(this.#words, at, consumed);
    else if (Atomics.load(this.#words, at) === pending) Atomics.store(this.#words, at, wanted);
  }

  /** Compute: wakes the main thread for what was chosen. */
  chose(): void {
    this.changed('compute');
  }

  /** How often that side changed something. Wraps around; only equality means anything. */
  changes(by: BoardSide): number {
    return Atomics.load(this.#words, changesWord[by]);
  }

  /** Resolves once `changes(by)` is not `seen`. Waiting keeps no process alive. */
  async nextChange(by: BoardSide, seen: number): Promise<void> {
    await Atomics.waitAsync(this.#words, changesWord[by], seen).value;
  }

  /**
   * Looks again and again for about as long as it takes to put a thread to sleep and wake it. True when
   * `changes(by)` is not `seen` any more.
   */
  changedSoon(by: BoardSide, seen: number): boolean {
    const words = this.#words;
    const word = changesWord[by];
    const until = performance.now() + spinMs;
    do {
      for (let look = 0; look < looksPerTime; look += 1) if (Atomics.load(words, word) !== seen) return true;
    } while (performance.now() < until);
    return false;
  }

  /** Blocks the thread until `changes(by)` is not `seen`, or the time is over. Not for the main thread. */
  waitForChange(by: BoardSide, seen: number, timeoutMs: number): 'changed' | 'timedOut' {
    const outcome = Atomics.wait(this.#words, changesWord[by], seen, timeoutMs);
    return outcome === 'timed-out' ? 'timedOut' : 'changed';
  }

  /** Counts a change and wakes the other side. */
  protected changed(by: BoardSide): void {
    Atomics.add(this.#words, changesWord[by], 1);
    Atomics.notify(this.#words, changesWord[by]);
  }

  #put(by: BoardSide, entry: number, code: number): void {
    Atomics.store(this.#words, firstEntry + entry, code);
    this.changed(by);
  }
}

/** Memory for a board with that many entries, all `pending`. */
export function boardMemory(entries: number): SharedArrayBuffer {
  return new SharedArrayBuffer((firstEntry + entries) * Int32Array.BYTES_PER_ELEMENT);
}
