import { evictInTurn, type TakeVictim } from './evictInTurn.js';
import { GhostQueue } from './ghostQueue.js';
import { HandleBytes } from './handleBytes.js';
import { HandleQueues } from './handleQueues.js';
import type { Eviction, RetentionPolicy } from './policy.js';
import type { PolicyColumns } from './policyColumns.js';

/** A1in of the paper, and Am. */
const incoming = 0;
const main = 1;

/** Kin and Kout of the paper. */
const incomingShare = 0.25;
const ghostShare = 0.5;

/**
 * 2Q, full version (Johnson and Shasha, VLDB 1994): newcomers wait in a queue of a quarter of the capacity, where
 * use changes nothing; what leaves it is remembered by its key, half as many as the capacity, and joins the least
 * recently used list when it comes back meanwhile.
 *
 * The paper looks for a key among the ghosts before the victim that makes room for it becomes one, but here the
 * key is told after the victim. So one ghost more may be there from an eviction until the next insert, lest the
 * oldest be forgotten just before it is asked for. Protected blocks keep their places; where the queue whose turn
 * it is has no other, the other queue gives the victim.
 */
export class TwoQueueRetention implements RetentionPolicy {
  readonly #columns: PolicyColumns;
  readonly #queues: HandleQueues;
  readonly #queueOf: HandleBytes;
  readonly #ghosts: GhostQueue;
  #capacity: number;
  readonly #take: TakeVictim = (isProtected) => {
    const incomingRoom = Math.floor(incomingShare * this.#capacity);
    const preferred = this.#queues.size(incoming) > incomingRoom ? incoming : main;
    const handle = this.#takeFrom(preferred, isProtected);
    return handle >= 0 ? handle : this.#takeFrom(1 - preferred, isProtected);
  };

  constructor(columns: PolicyColumns, capacity: number) {
    this.#columns = columns;
    this.#capacity = capacity;
    this.#queues = new HandleQueues(2, capacity);
    this.#queueOf = new HandleBytes(capacity);
    this.#ghosts = new GhostQueue(ghostRoom(capacity) + 1);
  }

  /** Keys that it remembers of blocks that are out. */
  get ghostCount(): number {
    return this.#ghosts.size;
  }

  insert(handle: number): void {
    const { keyLow, keyHigh } = this.#columns;
    const queue = this.#ghosts.take(keyLow[handle]!, keyHigh[handle]!) >= 0 ? main : incoming;
    this.#ghosts.trim(ghostRoom(this.#capacity));
    this.#queueOf.set(handle, queue);
    this.#queues.pushBack(queue, handle);
  }

  access(handle: number): void {
    if (this.#queueOf.get(handle) === main) this.#queues.moveBack(main, main, handle);
  }

  remove(handle: number): void {
    this.#queues.remove(this.#queueOf.get(handle), handle);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    return evictInTurn(this.#queues, this.#take, count, isProtected);
  }

  resize(capacity: number): void {
    this.#capacity = capacity;
    this.#ghosts.resize(ghostRoom(capacity) + 1);
    this.#ghosts.trim(ghostRoom(capacity));
  }

  #takeFrom(queue: number, isProtected: (handle: number) => boolean): number {
    const handle = this.#queues.firstUnprotected(queue, isProtected);
    if (handle < 0) return handle;
    this.#queues.remove(queue, handle);
    if (queue === incoming) this.#ghosts.push(this.#columns.keyLow[handle]!, this.#columns.keyHigh[handle]!);
    return handle;
  }
}

function ghostRoom(capacity: number): number {
  return Math.floor(ghostShare * capacity);
}
