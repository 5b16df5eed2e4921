import { ageBuckets, type TideAges } from '../../src/policy/tideAges.js';
import type { TideHazard } from '../../src/policy/tideHazard.js';

export interface Sample {
  readonly begun: number;
  traits: number;
  isOpen: boolean;
  passed: number;
}

/** All waits that were ever watched. */
export class SamplesReference {
  readonly #ages: TideAges;
  readonly #hazard: TideHazard;
  readonly #samples: Sample[] = [];

  constructor(ages: TideAges, hazard: TideHazard) {
    this.#ages = ages;
    this.#hazard = hazard;
  }

  open(traits: number, now: number): Sample {
    const sample = { begun: now, traits, isOpen: true, passed: 0 };
    this.#samples.push(sample);
    return sample;
  }

  /** Age by age, as sums of floating point numbers depend on their order. */
  pass(now: number): void {
    for (let bucket = 0; bucket < ageBuckets; bucket += 1) {
      const end = this.#ages.begin(bucket) + this.#ages.width(bucket);
      for (const sample of this.#samples) {
        if (sample.isOpen && sample.passed === bucket && now - sample.begun >= end) this.#pass(sample);
      }
    }
  }

  close(sample: Sample, now: number, isReused: boolean): void {
    if (!sample.isOpen) return;
    const age = now - sample.begun;
    const bucket = this.#ages.bucketOf(age);
    while (sample.passed < bucket) this.#pass(sample);
    this.#hazard.observe(sample.traits, bucket, age - this.#ages.begin(bucket), isReused);
    sample.isOpen = false;
  }

  #pass(sample: Sample): void {
    this.#hazard.observe(sample.traits, sample.passed, this.#ages.width(sample.passed), false);
    sample.passed += 1;
  }
}
