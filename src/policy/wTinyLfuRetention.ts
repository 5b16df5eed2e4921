import { FrequencySketch } from './frequencySketch.js';
import { HandleList } from './handleList.js';
import type { Eviction, RetentionPolicy } from './policy.js';
import type { PolicyColumns } from './policyColumns.js';

const windowShare = 0.01;
const protectedShare = 0.8;

/**
 * W-TinyLFU (Einziger, Friedman, Manes: TinyLFU, ACM TOS 2017, as in Caffeine): newcomers enter a window of 1 %
 * in LRU order; the rest is a segmented LRU, 20 % on probation and 80 % for what was used again there. What
 * leaves the window gets a place in the rest only if it came more often lately than the one that would go for
 * it, by a sketch of 4-bit counters that also remembers what is out.
 *
 * The paper puts the newcomer into the window first and then has one entry too many. Here victims are chosen
 * before the newcomer comes, so each victim stands for one that is about to come: where the window would
 * overflow by it, its oldest and the oldest on probation are compared at once, the rarer goes (the window's,
 * where they are equal), and the other has a place on probation. Where the window has room, the oldest on
 * probation goes. Protected handles are passed over on both sides. The paper's random admission of candidates
 * that lost is left out: policies know no randomness.
 */
export class WTinyLfuRetention implements RetentionPolicy {
  readonly #columns: PolicyColumns;
  readonly #sketch: FrequencySketch;
  readonly #window = new HandleList();
  readonly #probation = new HandleList();
  readonly #protected = new HandleList();
  readonly #lists = [this.#window, this.#probation, this.#protected];
  #windowMax = 0;
  #protectedMax = 0;

  constructor(columns: PolicyColumns, capacity: number) {
    this.#columns = columns;
    this.#sketch = new FrequencySketch(capacity);
    this.resize(capacity);
  }

  insert(handle: number): void {
    this.#sketch.add(this.#columns, handle);
    this.#window.pushBack(handle);
    while (this.#window.size > this.#windowMax) this.#toProbation(this.#window);
  }

  access(handle: number): void {
    this.#sketch.add(this.#columns, handle);
    if (this.#window.has(handle)) {
      this.#window.pushBack(handle);
      return;
    }
    this.#probation.remove(handle);
    this.#protected.pushBack(handle);
    while (this.#protected.size > this.#protectedMax) this.#toProbation(this.#protected);
  }

  remove(handle: number): void {
    this.#window.remove(handle);
    this.#probation.remove(handle);
    this.#protected.remove(handle);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    if (!this.#mayGo(count, isProtected)) return { kind: 'none' };
    const handles: number[] = [];
    for (let coming = 1; coming <= count; coming += 1) handles.push(this.#takeVictim(coming, isProtected));
    return { kind: 'victims', handles };
  }

  resize(capacity: number): void {
    this.#sketch.resize(capacity);
    this.#windowMax = Math.max(1, Math.floor(windowShare * capacity));
    this.#protectedMax = Math.floor(protectedShare * Math.max(0, capacity - this.#windowMax));
    while (this.#window.size > this.#windowMax) this.#toProbation(this.#window);
    while (this.#protected.size > this.#protectedMax) this.#toProbation(this.#protected);
  }

  /** @param coming newcomers that the victims so far and this one make room for. */
  #takeVictim(coming: number, isProtected: (handle: number) => boolean): number {
    const candidate = firstFree(this.#window, isProtected);
    let victim = firstFree(this.#probation, isProtected);
    if (victim < 0) victim = firstFree(this.#protected, isProtected);
    const overflows = candidate >= 0 && this.#window.size + coming > this.#windowMax;
    if (victim < 0 || (overflows && !this.#isRarer(victim, candidate))) {
      this.#window.remove(candidate);
      return candidate;
    }
    this.remove(victim);
    if (overflows) {
      this.#window.remove(candidate);
      this.#probation.pushBack(candidate);
    }
    return victim;
  }

  #isRarer(handle: number, other: number): boolean {
    return this.#sketch.estimate(this.#columns, handle) < this.#sketch.estimate(this.#columns, other);
  }

  #mayGo(count: number, isProtected: (handle: number) => boolean): boolean {
    let found = 0;
    for (const list of this.#lists) {
      for (let handle = list.first; handle >= 0 && found < count; handle = list.after(handle)) {
        if (!isProtected(handle)) found += 1;
      }
    }
    return found >= count;
  }

  #toProbation(from: HandleList): void {
    const oldest = from.first;
    from.remove(oldest);
    this.#probation.pushBack(oldest);
  }
}

/** The first unprotected handle of a list, or -1. */
function firstFree(list: HandleList, isProtected: (handle: number) => boolean): number {
  let handle = list.first;
  while (handle >= 0 && isProtected(handle)) handle = list.after(handle);
  return handle;
}
