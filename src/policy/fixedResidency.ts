import { HandleList } from './handleList.js';
import type { Eviction, ResidencyPolicy } from './policy.js';
import { takeVictims, type VictimOrder } from './takeVictims.js';

/**
 * A stable hot set. Exact attention reads every page in every step, a cyclic scan: whatever stays is hit
 * once a step, so it keeps what came first and lets newcomers stream. Pages that no live sequence reads go
 * first, the longest unread before the others; then the newest.
 */
export class FixedResidency implements ResidencyPolicy {
  readonly #needed = new HandleList();
  readonly #unneeded = new HandleList();
  readonly #orders: readonly VictimOrder[] = [
    { list: this.#unneeded, from: 'front' },
    { list: this.#needed, from: 'back' },
  ];

  insert(handle: number): void {
    this.#needed.pushBack(handle);
  }

  access(_handle: number): void {}

  remove(handle: number): void {
    this.#needed.remove(handle);
    this.#unneeded.remove(handle);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    return takeVictims(this.#orders, count, isProtected);
  }

  resize(_capacity: number): void {}

  admit(_handle: number, freeSlots: number, isProtected: (handle: number) => boolean): 'admit' | 'stream' {
    return freeSlots > 0 || this.#hasUnneeded(isProtected) ? 'admit' : 'stream';
  }

  setNeeded(handle: number, needed: boolean): void {
    if (this.#needed.has(handle) === needed) return;
    this.remove(handle);
    (needed ? this.#needed : this.#unneeded).pushBack(handle);
  }

  #hasUnneeded(isProtected: (handle: number) => boolean): boolean {
    for (let handle = this.#unneeded.first; handle >= 0; handle = this.#unneeded.after(handle)) {
      if (!isProtected(handle)) return true;
    }
    return false;
  }
}
