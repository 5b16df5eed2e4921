import { FrequencySketch, sketchHash } from './frequencySketch.js';
import type { PolicyColumns } from './policyColumns.js';

/**
 * What blocks are worth to a tier, uses lately times a weight, against the mean of those that it let go lately. The
 * port of retention has no look at its next victim, so those before it stand for it. As many departures count as
 * the tier has places, older ones ever less. When the sketch halves its counts, the mean of counts that were
 * larger is halved with them: a tier that admits nothing would let nothing go, and never learn that it could.
 */
export class DepartedWorth {
  readonly #columns: PolicyColumns;
  readonly #sketch: FrequencySketch;
  readonly #weightOf: (handle: number) => number;
  #capacity: number;
  /** Worth of what left, all together, and how many those are: their mean is compared without a division, which would round. */
  #sum = 0;
  #departures = 0;
  #halvings = 0;

  constructor(columns: PolicyColumns, capacity: number, weightOf: (handle: number) => number) {
    this.#columns = columns;
    this.#capacity = capacity;
    this.#sketch = new FrequencySketch(capacity);
    this.#weightOf = weightOf;
  }

  asked(handle: number): void {
    this.#sketch.add(sketchHash(this.#columns, handle));
    for (; this.#halvings < this.#sketch.halvings; this.#halvings += 1) this.#sum /= 2;
  }

  left(handle: number): void {
    const before = Math.min(this.#departures, Math.max(0, this.#capacity - 1));
    if (before < this.#departures) this.#sum *= before / this.#departures;
    this.#sum += this.#worthOf(handle);
    this.#departures = before + 1;
  }

  /** Whether it is worth more than what went. */
  isAbove(handle: number): boolean {
    return this.#worthOf(handle) * Math.max(1, this.#departures) > this.#sum;
  }

  resize(capacity: number): void {
    this.#capacity = capacity;
    if (!this.#sketch.resize(capacity)) return;
    // What left was counted by what is forgotten.
    this.#sum = 0;
    this.#departures = 0;
  }

  #worthOf(handle: number): number {
    return this.#sketch.estimate(sketchHash(this.#columns, handle)) * this.#weightOf(handle);
  }
}
