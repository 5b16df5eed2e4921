import { evictInTurn, type TakeVictim } from './evictInTurn.js';
import { HandleBytes } from './handleBytes.js';
import { HandleQueues } from './handleQueues.js';
import type { Eviction, RetentionPolicy } from './policy.js';

const queue = 0;

/**
 * SIEVE (Zhang et al., NSDI 2024): a queue in the order of coming, and a hand that goes from the oldest to the
 * newest, evicts the first block that was not used since it last came by, and leaves the others where they are.
 * The hand passes protected blocks and leaves their bits as they are.
 */
export class SieveRetention implements RetentionPolicy {
  readonly #queues: HandleQueues;
  readonly #used: HandleBytes;
  /** Where the hand stands; negative before the oldest. */
  #hand = -1;
  readonly #take: TakeVictim = (isProtected) => {
    let handle = this.#hand;
    for (let passed = 0; passed < this.#queues.size(queue); ) {
      if (handle < 0) handle = this.#queues.first(queue);
      if (isProtected(handle)) passed += 1;
      else if (this.#used.get(handle) === 0) {
        this.#hand = this.#queues.after(handle);
        this.#queues.remove(queue, handle);
        return handle;
      } else {
        this.#used.set(handle, 0);
        passed = 0;
      }
      handle = this.#queues.after(handle);
    }
    return -1;
  };

  constructor(capacity: number) {
    this.#queues = new HandleQueues(1, capacity);
    this.#used = new HandleBytes(capacity);
  }

  insert(handle: number): void {
    this.#used.set(handle, 0);
    this.#queues.pushBack(queue, handle);
  }

  access(handle: number): void {
    this.#used.set(handle, 1);
  }

  remove(handle: number): void {
    if (handle === this.#hand) this.#hand = this.#queues.after(handle);
    this.#queues.remove(queue, handle);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    return evictInTurn(this.#queues, this.#take, count, isProtected);
  }

  resize(_capacity: number): void {}
}
