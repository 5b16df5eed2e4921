import { copied } from './copied.js';
import { grownLength } from './growth.js';
import { HandleHeap } from './handleHeap.js';
import { HandleList } from './handleList.js';
import type { Eviction, ResidencyPolicy } from './policy.js';
import type { PolicyColumns } from './policyColumns.js';
import { takeVictims, type VictimOrder } from './takeVictims.js';

/** Lightest pages that are looked at for one that a loaded page may replace: in a step most of them are being read. */
const lookedAtMax = 16;

const none: Eviction = { kind: 'none' };

/**
 * Keeps on the device what gets most attention: a loaded page takes the place of one whose mass is less. A page
 * that no step has weighed yet comes in only where there is room, and goes only after those that were. Pages that no
 * live sequence reads go first, the longest unread before the others.
 *
 * Exact attention reads every page in every step: every choice of as many pages hits equally often, and this one is
 * as good as `fixed` and costs more. It is for modes that leave pages out (top pages): those that
 * are often chosen stay.
 */
export class MassResidency implements ResidencyPolicy {
  readonly readsMass = true;
  readonly #columns: PolicyColumns;
  readonly #capacity: number;
  /** The lightest first; of equals the newest. */
  readonly #needed: HandleHeap;
  readonly #unneeded = new HandleList();
  readonly #unneededFirst: readonly VictimOrder[] = [{ list: this.#unneeded, from: 'front' }];
  #inserted = 0;
  /** By handle. */
  #ties = new Float64Array(256);
  readonly #aside: number[] = [];

  constructor(columns: PolicyColumns, capacity: number) {
    this.#columns = columns;
    this.#capacity = capacity;
    this.#needed = new HandleHeap(capacity, true);
  }

  insert(handle: number): void {
    this.#inserted += 1;
    if (handle >= this.#ties.length) {
      const length = grownLength(this.#ties.length, handle + 1, this.#capacity);
      this.#ties = copied(this.#ties, new Float64Array(length));
    }
    this.#ties[handle] = -this.#inserted;
    this.#weigh(handle);
  }

  access(handle: number): void {
    if (this.#needed.has(handle)) this.#weigh(handle);
  }

  remove(handle: number): void {
    this.#needed.remove(handle);
    this.#unneeded.remove(handle);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    const unneeded = this.#unneededVictims(count, isProtected);
    const light = this.#lightest(count - unneeded, this.#needed.size, isProtected);
    if (unneeded + light.length < count) return none;
    for (const handle of light) this.#needed.remove(handle);
    const first = takeVictims(this.#unneededFirst, unneeded, isProtected);
    return first.kind === 'none' ? none : { kind: 'victims', handles: [...first.handles, ...light] };
  }

  resize(_capacity: number): void {}

  admit(handle: number, freeSlots: number, isProtected: (handle: number) => boolean): 'admit' | 'stream' {
    if (freeSlots > 0 || this.#unneededVictims(1, isProtected) > 0) return 'admit';
    const [lightest] = this.#lightest(1, lookedAtMax, isProtected);
    if (lightest === undefined) return 'stream';
    return this.#columns.mass[handle]! > this.#keyOf(lightest) ? 'admit' : 'stream';
  }

  setNeeded(handle: number, needed: boolean): void {
    if (this.#needed.has(handle) === needed) return;
    this.remove(handle);
    if (needed) this.insert(handle);
    else this.#unneeded.pushBack(handle);
  }

  #weigh(handle: number): void {
    this.#needed.set(handle, this.#keyOf(handle), this.#ties[handle]!);
  }

  #keyOf(handle: number): number {
    const mass = this.#columns.mass[handle]!;
    return mass < 0 ? Number.POSITIVE_INFINITY : mass;
  }

  /** How many unneeded pages may go, `most` at most. */
  #unneededVictims(most: number, isProtected: (handle: number) => boolean): number {
    let count = 0;
    for (
      let handle = this.#unneeded.first;
      handle >= 0 && count < most;
      handle = this.#unneeded.after(handle)
    )
      if (!isProtected(handle)) count += 1;
    return count;
  }

  /** The lightest unprotected pages of the `lookedAt` lightest; they stay in. */
  #lightest(count: number, lookedAt: number, isProtected: (handle: number) => boolean): number[] {
    const light: number[] = [];
    for (let looked = 0; light.length < count && looked < lookedAt && this.#needed.size > 0; looked += 1) {
      const handle = this.#needed.first;
      this.#needed.remove(handle);
      this.#aside.push(handle);
      if (!isProtected(handle)) light.push(handle);
    }
    for (const handle of this.#aside.splice(0)) this.#weigh(handle);
    return light;
  }
}
