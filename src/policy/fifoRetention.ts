import { HandleList } from './handleList.js';
import type { Eviction, RetentionPolicy } from './policy.js';
import { takeVictims, type VictimOrder } from './takeVictims.js';

/** What came first goes first. */
export class FifoRetention implements RetentionPolicy {
  readonly #list: HandleList;
  readonly #order: readonly VictimOrder[];

  /** @param capacity handles that are expected; more may come. */
  constructor(capacity?: number) {
    this.#list = new HandleList(capacity);
    this.#order = [{ list: this.#list, from: 'front' }];
  }

  insert(handle: number): void {
    this.#list.pushBack(handle);
  }

  access(_handle: number): void {}

  remove(handle: number): void {
    this.#list.remove(handle);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    return takeVictims(this.#order, count, isProtected);
  }

  resize(_capacity: number): void {}
}
