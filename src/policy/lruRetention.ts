import { HandleList } from './handleList.js';
import type { Eviction, RetentionPolicy } from './policy.js';
import { takeVictims, type VictimOrder } from './takeVictims.js';

/** The least recently used goes first. */
export class LruRetention implements RetentionPolicy {
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

  access(handle: number): void {
    this.#list.pushBack(handle);
  }

  remove(handle: number): void {
    this.#list.remove(handle);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    return takeVictims(this.#order, count, isProtected);
  }

  resize(_capacity: number): void {}
}
