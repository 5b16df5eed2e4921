import { ageBuckets, type TideAges } from './tideAges.js';
import type { TideHazard } from './tideHazard.js';

/** Waits for reuse that are watched at once; the oldest is given up for a new one. */
const samplesMax = 8192;

/**
 * Some of the waits between two uses of a block, from which hazards are learned whether or not the block stays
 * cached: how long they last, and how many last at least so long. Waits that have not ended count as far as they
 * have come, so that long ones are not missed. A sample is known by the access at which its wait began.
 */
export class TideSamples {
  readonly #ages: TideAges;
  readonly #hazard: TideHazard;
  readonly #begun = new Uint32Array(samplesMax);
  readonly #traits = new Uint32Array(samplesMax);
  readonly #isOpen = new Uint8Array(samplesMax);
  /** Age buckets that the hazard was told that the wait has passed. */
  readonly #passed = new Uint8Array(samplesMax);
  /** Samples so far; sample n lies at n modulo `samplesMax`. */
  #count = 0;
  /** By age bucket: the first sample that has not passed it. */
  readonly #waiting = new Float64Array(ageBuckets);

  constructor(ages: TideAges, hazard: TideHazard) {
    this.#ages = ages;
    this.#hazard = hazard;
  }

  /** A block of these traits is used now, for which no other sample began. */
  open(traits: number, now: number): void {
    const at = this.#count % samplesMax;
    if (this.#count >= samplesMax && this.#isOpen[at] === 1) this.#end(at, now, false);
    this.#begun[at] = now;
    this.#traits[at] = traits;
    this.#isOpen[at] = 1;
    this.#passed[at] = 0;
    this.#count += 1;
  }

  /** More is known of the block than when the wait began. */
  correct(begun: number, now: number, traits: number): void {
    const at = this.#find(begun, now);
    if (at >= 0) this.#traits[at] = traits;
  }

  /** The block was used again, or is forgotten. */
  close(begun: number, now: number, isReused: boolean): void {
    const at = this.#find(begun, now);
    if (at >= 0) this.#end(at, now, isReused);
  }

  /** Tells the hazard how far waits have come that last until now. */
  pass(now: number): void {
    const oldest = this.#oldest;
    for (let bucket = 0; bucket < ageBuckets; bucket += 1) {
      const end = this.#ages.begin(bucket) + this.#ages.width(bucket);
      let sample = Math.max(oldest, this.#waiting[bucket]!);
      while (sample < this.#count && (now - this.#begun[sample % samplesMax]!) >>> 0 >= end) {
        const at = sample % samplesMax;
        if (this.#isOpen[at] === 1) this.#passUntil(at, bucket + 1);
        sample += 1;
      }
      this.#waiting[bucket] = sample;
    }
  }

  get #oldest(): number {
    return Math.max(0, this.#count - samplesMax);
  }

  /** Where the open sample lies that began then, or -1. Later samples began later. */
  #find(begun: number, now: number): number {
    const age = (now - begun) >>> 0;
    let from = this.#oldest;
    let to = this.#count;
    while (from < to) {
      const middle = Math.floor((from + to) / 2);
      const other = (now - this.#begun[middle % samplesMax]!) >>> 0;
      if (other > age) from = middle + 1;
      else to = middle;
    }
    const at = from % samplesMax;
    return from < this.#count && this.#begun[at] === begun && this.#isOpen[at] === 1 ? at : -1;
  }

  #passUntil(at: number, bucket: number): void {
    for (let passed = this.#passed[at]!; passed < bucket; passed += 1) {
      this.#hazard.observe(this.#traits[at]!, passed, this.#ages.width(passed), false);
    }
    this.#passed[at] = Math.max(bucket, this.#passed[at]!);
  }

  #end(at: number, now: number, isReused: boolean): void {
    const age = (now - this.#begun[at]!) >>> 0;
    const bucket = this.#ages.bucketOf(age);
    this.#passUntil(at, bucket);
    this.#hazard.observe(this.#traits[at]!, bucket, age - this.#ages.begin(bucket), isReused);
    this.#isOpen[at] = 0;
  }
}
