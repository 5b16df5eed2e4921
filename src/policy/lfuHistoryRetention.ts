import { copied } from './copied.js';
import { CountedList } from './countedList.js';
import { GhostQueue } from './ghostQueue.js';
import { grownLength } from './growth.js';
import type { Eviction, RetentionPolicy } from './policy.js';
import type { PolicyColumns } from './policyColumns.js';
import { takeVictims, type VictimOrder } from './takeVictims.js';

const countMax = 2 ** 32 - 1;

/**
 * The least often used goes first, of these the least recently used. Counts outlive their blocks: those of the
 * last `capacity` victims are remembered by key and go on when the block comes back.
 */
export class LfuHistoryRetention implements RetentionPolicy {
  readonly #columns: PolicyColumns;
  readonly #list: CountedList;
  readonly #order: readonly VictimOrder[];
  readonly #ghosts: GhostQueue;
  #ghostCounts = new Uint32Array(0);
  #capacity: number;

  constructor(columns: PolicyColumns, capacity: number) {
    this.#columns = columns;
    this.#capacity = capacity;
    this.#list = new CountedList(capacity);
    this.#order = [{ list: this.#list, from: 'front' }];
    this.#ghosts = new GhostQueue(capacity);
  }

  /** Keys that it remembers of blocks that are out. */
  get ghostCount(): number {
    return this.#ghosts.size;
  }

  insert(handle: number): void {
    const ghost = this.#ghosts.take(this.#columns.keyLow[handle]!, this.#columns.keyHigh[handle]!);
    this.#list.insert(handle, ghost < 0 ? 1 : this.#ghostCounts[ghost]! + 1);
  }

  access(handle: number): void {
    this.#list.increment(handle);
  }

  remove(handle: number): void {
    this.#list.remove(handle);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    const eviction = takeVictims(this.#order, count, isProtected);
    if (eviction.kind === 'victims') for (const handle of eviction.handles) this.#remember(handle);
    return eviction;
  }

  resize(capacity: number): void {
    this.#capacity = capacity;
    this.#ghosts.resize(capacity);
  }

  #remember(handle: number): void {
    const ghost = this.#ghosts.push(this.#columns.keyLow[handle]!, this.#columns.keyHigh[handle]!);
    if (ghost < 0) return;
    if (ghost >= this.#ghostCounts.length) this.#grow(ghost + 1);
    this.#ghostCounts[ghost] = Math.min(this.#list.countOf(handle), countMax);
  }

  #grow(least: number): void {
    const length = grownLength(this.#ghostCounts.length, least, this.#capacity);
    this.#ghostCounts = copied(this.#ghostCounts, new Uint32Array(length));
  }
}
