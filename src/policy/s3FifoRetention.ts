import { evictInTurn, type TakeVictim } from './evictInTurn.js';
import { GhostQueue } from './ghostQueue.js';
import { HandleBytes } from './handleBytes.js';
import { HandleQueues } from './handleQueues.js';
import type { Eviction, RetentionPolicy } from './policy.js';
import type { PolicyColumns } from './policyColumns.js';

const small = 0;
const main = 1;

const smallShare = 0.1;
const usesMax = 3;
/** A block that was used more often than this while it was in the small queue goes on to the main one. */
const usesToStay = 1;

/**
 * S3-FIFO (Yang et al., SOSP 2023): newcomers pass through a small queue, a tenth of the capacity; what was used
 * there more than once goes on to the main queue, the rest out, remembered in a ghost queue of as many keys as
 * the main one has room for. What comes back while it is remembered goes straight to the main queue, where
 * blocks go round once for each of up to three uses.
 *
 * The paper may evict from both queues to make room for one block, when a block that goes on fills the main one.
 * Here victims are asked for one by one, before the block that needs the room is known: the first to be found
 * ends the search, and which queue to look at is decided anew after each block that goes on. Protected blocks
 * keep their places and counts.
 */
export class S3FifoRetention implements RetentionPolicy {
  readonly #columns: PolicyColumns;
  readonly #queues: HandleQueues;
  readonly #queueOf: HandleBytes;
  readonly #uses: HandleBytes;
  readonly #ghosts: GhostQueue;
  #smallRoom: number;
  readonly #take: TakeVictim = (isProtected) => {
    for (;;) {
      const isSmallFull = this.#queues.size(small) >= this.#smallRoom;
      const fromMain = isSmallFull ? -1 : this.#takeMain(isProtected);
      if (fromMain >= 0) return fromMain;
      const oldest = this.#queues.firstUnprotected(small, isProtected);
      if (oldest < 0) return isSmallFull ? this.#takeMain(isProtected) : -1;
      if (this.#leavesSmall(oldest)) return oldest;
    }
  };

  constructor(columns: PolicyColumns, capacity: number) {
    this.#columns = columns;
    this.#queues = new HandleQueues(2, capacity);
    this.#queueOf = new HandleBytes(capacity);
    this.#uses = new HandleBytes(capacity);
    this.#smallRoom = smallRoom(capacity);
    this.#ghosts = new GhostQueue(mainRoom(capacity));
  }

  /** Keys that it remembers of blocks that are out. */
  get ghostCount(): number {
    return this.#ghosts.size;
  }

  insert(handle: number): void {
    const { keyLow, keyHigh } = this.#columns;
    const queue = this.#ghosts.take(keyLow[handle]!, keyHigh[handle]!) >= 0 ? main : small;
    this.#uses.set(handle, 0);
    this.#queueOf.set(handle, queue);
    this.#queues.pushBack(queue, handle);
  }

  access(handle: number): void {
    const uses = this.#uses.get(handle);
    if (uses < usesMax) this.#uses.set(handle, uses + 1);
  }

  remove(handle: number): void {
    this.#queues.remove(this.#queueOf.get(handle), handle);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    return evictInTurn(this.#queues, this.#take, count, isProtected);
  }

  resize(capacity: number): void {
    this.#smallRoom = smallRoom(capacity);
    this.#ghosts.resize(mainRoom(capacity));
  }

  /** Whether a block of the small queue goes out, remembered; it goes on to the main queue otherwise. */
  #leavesSmall(handle: number): boolean {
    if (this.#uses.get(handle) > usesToStay) {
      this.#uses.set(handle, 0);
      this.#queueOf.set(handle, main);
      this.#queues.moveBack(small, main, handle);
      return false;
    }
    this.#queues.remove(small, handle);
    this.#ghosts.push(this.#columns.keyLow[handle]!, this.#columns.keyHigh[handle]!);
    return true;
  }

  #takeMain(isProtected: (handle: number) => boolean): number {
    let handle = this.#queues.first(main);
    while (handle >= 0) {
      const next = this.#queues.after(handle);
      const isFree = !isProtected(handle);
      const uses = this.#uses.get(handle);
      if (isFree && uses === 0) {
        this.#queues.remove(main, handle);
        return handle;
      }
      if (isFree) {
        this.#uses.set(handle, uses - 1);
        this.#queues.moveBack(main, main, handle);
      }
      // The last that is free goes round behind itself.
      handle = next >= 0 || !isFree ? next : handle;
    }
    return -1;
  }
}

function smallRoom(capacity: number): number {
  return Math.max(1, Math.floor(smallShare * capacity));
}

function mainRoom(capacity: number): number {
  return Math.max(0, capacity - smallRoom(capacity));
}
