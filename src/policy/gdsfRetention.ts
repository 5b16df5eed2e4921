import { copied } from './copied.js';
import { grownLength } from './growth.js';
import { HandleHeap, type HeapEntry } from './handleHeap.js';
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
  readonly #heap: HandleHeap;
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
    this.access(handle);
  }

  access(handle: number): void {
    this.#uses[handle]! += 1;
    this.#useNumber += 1;
    const cost = this.#columns.recomputeMs[handle]! || 1;
    const bytes = this.#columns.bytes[handle]! || 1;
    this.#heap.set(handle, this.#inflation + (this.#uses[handle]! * cost) / bytes, this.#useNumber);
  }

  remove(handle: number): void {
    this.#heap.remove(handle);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    const victims: HeapEntry[] = [];
    const passed: HeapEntry[] = [];
    while (victims.length < count && this.#heap.size > 0) {
      const entry = this.#heap.takeFirst();
      (isProtected(entry.handle) ? passed : victims).push(entry);
    }
    for (const entry of passed) this.#putBack(entry);
    if (victims.length < count) {
      for (const entry of victims) this.#putBack(entry);
      return { kind: 'none' };
    }
    for (const { key } of victims) this.#inflation = Math.max(this.#inflation, key);
    this.#evictionsSinceLowering += count;
    if (this.#evictionsSinceLowering >= Math.max(loweringEvictionsMin, this.#heap.size)) this.#lower();
    return { kind: 'victims', handles: victims.map(({ handle }) => handle) };
  }

  resize(_capacity: number): void {}

  #putBack({ handle, key, tie }: HeapEntry): void {
    this.#heap.set(handle, key, tie);
  }

  #lower(): void {
    this.#heap.lower(this.#inflation);
    this.#inflation = 0;
    this.#evictionsSinceLowering = 0;
  }

  #grow(least: number): void {
    const length = grownLength(this.#uses.length, least, this.#capacity);
    this.#uses = copied(this.#uses, new Uint32Array(length));
  }
}
