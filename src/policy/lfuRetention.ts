import { CountedList } from './countedList.js';
import type { Eviction, RetentionPolicy } from './policy.js';
import { takeVictims, type VictimOrder } from './takeVictims.js';

/** The least often used since it came goes first, of these the least recently used. Counts go with their blocks. */
export class LfuRetention implements RetentionPolicy {
  readonly #list: CountedList;
  readonly #order: readonly VictimOrder[];

  constructor(capacity: number) {
    this.#list = new CountedList(capacity);
    this.#order = [{ list: this.#list, from: 'front' }];
  }

  insert(handle: number): void {
    this.#list.insert(handle, 1);
  }

  access(handle: number): void {
    this.#list.increment(handle);
  }

  remove(handle: number): void {
    this.#list.remove(handle);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    return takeVictims(this.#order, count, isProtected);
  }

  resize(_capacity: number): void {}
}
