import { evictInTurn, type TakeVictim } from './evictInTurn.js';
import { HandleBytes } from './handleBytes.js';
import { HandleQueues } from './handleQueues.js';
import { KeyTable } from './keyTable.js';
import type { Eviction, RetentionPolicy } from './policy.js';
import type { PolicyColumns } from './policyColumns.js';

/** T1 and T2 of the paper among the blocks, B1 and B2 among the ghosts. */
const once = 0;
const often = 1;

/**
 * ARC (Megiddo and Modha, FAST 2003): one list for blocks that were used once since they came and one for those
 * that were used again, each with its ghosts; a block that comes back while it is remembered moves the share of
 * the capacity that the first list is to have (p of the paper, a real number).
 *
 * The paper's REPLACE knows the block that comes; here victims are asked for before it. So p moves at the insert,
 * after the victim that made room, and where T1 is as long as p the second list gives the victim, also for a
 * ghost of B2. Ghosts are forgotten at the insert, when the case is known, or when the bounds ask for it:
 * |L1| <= c and |L1| + |L2| <= 2c hold at any time as in the paper, for as long as the blocks alone keep to them.
 * Protected blocks keep their places; where the list whose turn it is has no other, the other gives the victim.
 */
export class ArcRetention implements RetentionPolicy {
  readonly #columns: PolicyColumns;
  readonly #queues: HandleQueues;
  readonly #queueOf: HandleBytes;
  readonly #ghosts: HandleQueues;
  readonly #ghostKeys: KeyTable;
  readonly #ghostListOf: HandleBytes;
  #capacity: number;
  #onceTarget = 0;
  readonly #take: TakeVictim = (isProtected) => {
    const preferred = this.#queues.size(once) > this.#onceTarget ? once : often;
    const handle = this.#takeFrom(preferred, isProtected);
    return handle >= 0 ? handle : this.#takeFrom(1 - preferred, isProtected);
  };

  constructor(columns: PolicyColumns, capacity: number) {
    this.#columns = columns;
    this.#capacity = capacity;
    this.#queues = new HandleQueues(2, capacity);
    this.#queueOf = new HandleBytes(capacity);
    // Those of a full cache, and the one that makes room for the next block.
    this.#ghosts = new HandleQueues(2, capacity + 1);
    this.#ghostKeys = new KeyTable(capacity + 1);
    this.#ghostListOf = new HandleBytes(capacity + 1);
  }

  /** Keys that it remembers of blocks that are out. */
  get ghostCount(): number {
    return this.#ghostKeys.size;
  }

  insert(handle: number): void {
    const ghost = this.#ghostKeys.find(this.#columns.keyLow[handle]!, this.#columns.keyHigh[handle]!);
    let queue = once;
    if (ghost >= 0) {
      this.#adapt(this.#ghostListOf.get(ghost));
      this.#forget(ghost);
      queue = often;
    } else this.#trim(1);
    this.#queueOf.set(handle, queue);
    this.#queues.pushBack(queue, handle);
  }

  access(handle: number): void {
    this.#queues.moveBack(this.#queueOf.get(handle), often, handle);
    this.#queueOf.set(handle, often);
  }

  remove(handle: number): void {
    this.#queues.remove(this.#queueOf.get(handle), handle);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    return evictInTurn(this.#queues, this.#take, count, isProtected);
  }

  resize(capacity: number): void {
    this.#capacity = capacity;
    this.#onceTarget = Math.min(this.#onceTarget, capacity);
    this.#trim(0);
  }

  #takeFrom(queue: number, isProtected: (handle: number) => boolean): number {
    const handle = this.#queues.firstUnprotected(queue, isProtected);
    if (handle < 0) return handle;
    this.#queues.remove(queue, handle);
    this.#remember(queue, this.#columns.keyLow[handle]!, this.#columns.keyHigh[handle]!);
    this.#trim(0);
    return handle;
  }

  #adapt(list: number): void {
    const own = this.#ghosts.size(list);
    const other = this.#ghosts.size(1 - list);
    const step = Math.max(1, other / own);
    this.#onceTarget =
      list === once
        ? Math.min(this.#onceTarget + step, this.#capacity)
        : Math.max(this.#onceTarget - step, 0);
  }

  /** Forgets what the bounds do not allow once `coming` blocks have joined the first list. */
  #trim(coming: number): void {
    const queues = this.#queues;
    const ghosts = this.#ghosts;
    const blocks = queues.size(once) + queues.size(often) + coming;
    while (ghosts.size(once) > 0 && queues.size(once) + coming + ghosts.size(once) > this.#capacity) {
      this.#forget(ghosts.first(once));
    }
    while (this.#ghostKeys.size > 0 && blocks + this.#ghostKeys.size > 2 * this.#capacity) {
      this.#forget(ghosts.first(ghosts.size(often) > 0 ? often : once));
    }
  }

  #remember(list: number, low: number, high: number): void {
    const known = this.#ghostKeys.find(low, high);
    if (known >= 0) this.#forget(known);
    const ghost = this.#ghostKeys.add(low, high);
    this.#ghostListOf.set(ghost, list);
    this.#ghosts.pushBack(list, ghost);
  }

  #forget(ghost: number): void {
    this.#ghosts.remove(this.#ghostListOf.get(ghost), ghost);
    this.#ghostKeys.delete(ghost);
  }
}
