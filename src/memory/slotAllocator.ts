import { KvError } from '../core/errors.js';
import { FreeRuns } from './freeRuns.js';

const noHint = -1;

/** Where a hint's pages go next, and how many slots it holds. */
interface Trail {
  last: number;
  held: number;
}

/**
 * Gives out the slots of one slab so that pages which are read together lie side by side: the kernel
 * computes neighbouring slots in one call. Pages of one hint (a layer of a sequence) get consecutive
 * slots while they can. Where they cannot, the next run starts in the middle of the longest gap: the run
 * that ends where the gap begins, and the new one, then have the same room to grow.
 */
export class SlotAllocator {
  readonly #free: FreeRuns;
  readonly #hintOf: Int32Array;
  readonly #trails = new Map<number, Trail>();

  constructor(slots: number) {
    this.#free = new FreeRuns(slots);
    this.#hintOf = new Int32Array(slots).fill(noHint);
  }

  get slots(): number {
    return this.#free.slots;
  }

  get freeSlots(): number {
    return this.#free.freeSlots;
  }

  get usedSlots(): number {
    return this.slots - this.freeSlots;
  }

  /** A free slot, or undefined when there is none. @param hint at least 0; the same for pages read together. */
  allocate(hint: number): number | undefined {
    const slot = this.#choose(this.#trails.get(hint));
    if (slot === undefined) return undefined;
    this.#free.take(slot);
    this.#hintOf[slot] = hint;
    const trail = this.#trails.get(hint);
    if (trail === undefined) this.#trails.set(hint, { last: slot, held: 1 });
    else {
      trail.last = slot;
      trail.held += 1;
    }
    return slot;
  }

  /** @throws KvError `internal` when the slot is not in use. */
  free(slot: number): void {
    const hint = this.#hintOf[slot];
    if (hint === undefined || hint === noHint) {
      throw new KvError('internal', `slot ${slot} was freed, but it is not in use`);
    }
    this.#free.giveBack(slot);
    this.#hintOf[slot] = noHint;
    const trail = this.#trails.get(hint)!; // a hint with a slot has a trail
    trail.held -= 1;
    if (trail.held === 0) this.#trails.delete(hint);
  }

  #choose(trail: Trail | undefined): number | undefined {
    if (trail !== undefined && this.#free.isFree(trail.last + 1)) return trail.last + 1;
    const gap = this.#free.longest();
    if (gap.length === 0) return undefined;
    return gap.start === 0 ? 0 : gap.start + Math.floor(gap.length / 2);
  }
}
