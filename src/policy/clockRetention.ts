import { evictInTurn, type TakeVictim } from './evictInTurn.js';
import { HandleBytes } from './handleBytes.js';
import { HandleQueues } from './handleQueues.js';
import type { Eviction, RetentionPolicy } from './policy.js';

const ring = 0;

/**
 * CLOCK (Corbató 1968): a hand goes round and evicts the first block that was not used since it last came by.
 * The front of the queue is where the hand stands, and newcomers come in behind it. It passes protected blocks
 * and leaves their bits as they are.
 */
export class ClockRetention implements RetentionPolicy {
  readonly #queues: HandleQueues;
  readonly #used: HandleBytes;
  readonly #take: TakeVictim = (isProtected) => {
    let passed = 0;
    for (;;) {
      const handle = this.#queues.first(ring);
      // Having gone round past protected blocks only, the hand is where it was.
      if (passed === this.#queues.size(ring)) return -1;
      if (isProtected(handle)) passed += 1;
      else if (this.#used.get(handle) === 0) {
        this.#queues.remove(ring, handle);
        return handle;
      } else {
        this.#used.set(handle, 0);
        passed = 0;
      }
      this.#queues.rotate(ring);
    }
  };

  constructor(capacity: number) {
    this.#queues = new HandleQueues(1, capacity);
    this.#used = new HandleBytes(capacity);
  }

  insert(handle: number): void {
    this.#used.set(handle, 0);
    this.#queues.pushBack(ring, handle);
  }

  access(handle: number): void {
    this.#used.set(handle, 1);
  }

  remove(handle: number): void {
    this.#queues.remove(ring, handle);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    return evictInTurn(this.#queues, this.#take, count, isProtected);
  }

  resize(_capacity: number): void {}
}
