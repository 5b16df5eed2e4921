import { copied } from './copied.js';
import { grownLength } from './growth.js';
import { HandleHeap } from './handleHeap.js';
import type { Eviction, RetentionPolicy } from './policy.js';
import type { PolicyColumns } from './policyColumns.js';

const loweringEvictionsMin = 65_536;

/**
 * GreedyDual-Size-Frequency (Cherkasova, HP Labs 1998): what saves least for its room goes first, by
 * `priority = inflation + uses * recomputeMs / bytes`, reckoned anew at every use. The inflation is the highest
 * priority that a victim had, so that what is used no more is overtaken by newcomers. Uses are counted while the
 * block is in. Where its bytes or its cost are 0, nothing is known of them, and 1 is taken. Among equals the
 * least recently used goes first.
 *
 * A large inflation would swallow the small terms: after as many evictions as there are handles, and at least
 * 65,536, it is taken from every priority and starts from zero again, which is O(1) an eviction.
 */
export class GdsfRetention implements RetentionPolicy {
  readonly #columns: PolicyColumns;
  readonly #capacity: number;
  /** By a priority and a use that were the last once: handles sink when they are met, so that a use costs nothing here. */
  readonly #heap: HandleHeap;
  /** Pairs of priority and number of the last use, by handle. */
  #last = new Float64Array(0);
  #uses = new Uint32Array(0);
  #inflation = 0;
  #evictionsSinceLowering = 0;
  #useNumber = 0;

  constructor(columns: PolicyColumns, capacity: number) {
    this.#columns = columns;
    this.#capacity = capacity;
    this.#heap = new HandleHeap(capacity, true);
  }

  insert(handle: number): void {
    if (handle >= this.#uses.length) this.#grow(handle + 1);
    this.#uses[handle] = 0;
    this.#use(handle);
    this.#place(handle);
  }

  access(handle: number): void {
    const before = this.#last[2 * handle]!;
    this.#use(handle);
    // Seldom: the block costs less than before, or takes more room.
    if (this.#last[2 * handle]! < before) this.#place(handle);
  }

  remove(handle: number): void {
    this.#heap.remove(handle);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    const victims: number[] = [];
    const passed: number[] = [];
    while (victims.length < count && this.#heap.size > 0) {
      const handle = this.#takeLeast();
      (isProtected(handle) ? passed : victims).push(handle);
    }
    for (const handle of passed) this.#place(handle);
    if (victims.length < count) {
      for (const handle of victims) this.#place(handle);
      return { kind: 'none' };
    }
    for (const handle of victims) this.#inflation = Math.max(this.#inflation, this.#last[2 * handle]!);
    this.#evictionsSinceLowering += count;
    if (this.#evictionsSinceLowering >= Math.max(loweringEvictionsMin, this.#heap.size)) this.#lower();
    return { kind: 'victims', handles: victims };
  }

  resize(_capacity: number): void {}

  #use(handle: number): void {
    const uses = this.#uses[handle]! + 1;
    this.#uses[handle] = uses;
    this.#useNumber += 1;
    const cost = this.#columns.recomputeMs[handle]! || 1;
    const bytes = this.#columns.bytes[handle]! || 1;
    this.#last[2 * handle] = this.#inflation + (uses * cost) / bytes;
    this.#last[2 * handle + 1] = this.#useNumber;
  }

  /** Takes the handle of the least priority out of the heap, which must not be empty. */
  #takeLeast(): number {
    for (;;) {
      const handle = this.#heap.first;
      if (this.#heap.firstTie === this.#last[2 * handle + 1]) {
        this.#heap.remove(handle);
        return handle;
      }
      this.#place(handle);
    }
  }

  #place(handle: number): void {
    this.#heap.set(handle, this.#last[2 * handle]!, this.#last[2 * handle + 1]!);
  }

  #lower(): void {
    this.#heap.lower(this.#inflation);
    for (let at = 0; at < this.#last.length; at += 2) this.#last[at]! -= this.#inflation;
    this.#inflation = 0;
    this.#evictionsSinceLowering = 0;
  }

  #grow(least: number): void {
    const length = grownLength(this.#uses.length, least, this.#capacity);
    this.#uses = copied(this.#uses, new Uint32Array(length));
    this.#last = copied(this.#last, new Float64Array(2 * length));
  }
}
