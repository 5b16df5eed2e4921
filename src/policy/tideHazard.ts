import { ageBuckets } from './tideAges.js';
import { isAmount, strataCount, stratumOf, traitCount, traitOf, traitValues } from './tideTraits.js';

/** Share of what was learned that stays at each `learn`. */
const kept = 0.98;
/** Steps of gradient are small because all traits step at once. */
const stepShare = 0.2;
/** Reuses that a weight needs to be believed half. */
const weightPrior = 10;
const weightMax = 5;
/** Reuses that an age needs to be believed half, against its neighbour and against all strata. */
const agePrior = 4;
/** What is expected of an age of which nothing is known: a little less than of the one before. */
const fallPerBucket = 0.88;
/** Reuses and exposure from which the first hazard is taken. */
const firstReuses = 0.5;
const firstExposure = 1000;

/**
 * Hazard of reuse, learned online: the chance that a block of certain traits, not used for a certain age, is used
 * at the next access. Proportional hazards: one curve over ages for each stratum, times a factor for each trait
 * (Cox 1972; fitted as a Poisson regression by diagonal Fisher steps, with what is old forgotten).
 */
export class TideHazard {
  readonly #reuses = new Float64Array(strataCount * ageBuckets);
  /** Accesses lived through in that age, times the factor. */
  readonly #exposure = new Float64Array(strataCount * ageBuckets);
  readonly #rate = new Float64Array(strataCount * ageBuckets);
  /** Logarithm of the factor of each value of each trait. */
  readonly #weights = new Float64Array(traitCount * traitValues);
  /** What the weights are made of: themselves, or for an amount the difference to the value below. */
  readonly #steps = new Float64Array(traitCount * traitValues);
  readonly #seen = new Float64Array(traitCount * traitValues);
  readonly #expected = new Float64Array(traitCount * traitValues);
  readonly #information = new Float64Array(traitCount * traitValues);

  constructor() {
    this.#fitRates();
  }

  /** Logarithm of what a trait contributes to the factor by which the hazard of a block differs from its stratum's. */
  weight(trait: number, value: number): number {
    return this.#weights[trait * traitValues + value]!;
  }

  factorLog(traits: number): number {
    let sum = 0;
    for (let trait = 0; trait < traitCount; trait += 1) sum += this.weight(trait, traitOf(traits, trait));
    return sum;
  }

  /** Hazard per access of a factor of 1. */
  rate(stratum: number, bucket: number): number {
    return this.#rate[stratum * ageBuckets + bucket]!;
  }

  /** A block of these traits lived through `length` accesses in an age bucket; at their end it was reused or not. */
  observe(traits: number, bucket: number, length: number, isReused: boolean): void {
    const at = stratumOf(traits) * ageBuckets + bucket;
    const exposure = Math.exp(this.factorLog(traits)) * length;
    const reuses = isReused ? 1 : 0;
    this.#exposure[at]! += exposure;
    this.#reuses[at]! += reuses;
    const expected = exposure * this.#rate[at]!;
    for (let trait = 0; trait < traitCount; trait += 1) {
      const value = trait * traitValues + traitOf(traits, trait);
      this.#seen[value]! += reuses;
      this.#expected[value]! += expected;
    }
  }

  /** Takes what was observed since the last time into the hazards. */
  learn(): void {
    for (let trait = 0; trait < traitCount; trait += 1) this.#fitTrait(trait);
    for (let at = 0; at < this.#reuses.length; at += 1) {
      this.#reuses[at]! *= kept;
      this.#exposure[at]! *= kept;
    }
    this.#fitRates();
  }

  #fitTrait(trait: number): void {
    const first = trait * traitValues;
    let seen = 0;
    let expected = 0;
    for (let at = first + traitValues - 1; at >= first; at -= 1) {
      // The step to a value of an amount is one to all values above it too.
      seen = this.#seen[at]! + (isAmount[trait] ? seen : 0);
      expected = this.#expected[at]! + (isAmount[trait] ? expected : 0);
      this.#information[at] = this.#information[at]! * kept + expected;
      const step = (stepShare * (seen - expected)) / (this.#information[at]! + weightPrior);
      this.#steps[at] = bounded(this.#steps[at]! + step);
    }
    let weight = 0;
    for (let at = first; at < first + traitValues; at += 1) {
      weight = this.#steps[at]! + (isAmount[trait] ? weight : 0);
      this.#weights[at] = bounded(weight);
    }
    this.#seen.fill(0, first, first + traitValues);
    this.#expected.fill(0, first, first + traitValues);
  }

  #fitRates(): void {
    const reuses = this.#reuses.reduce((sum, count) => sum + count, firstReuses);
    const exposure = this.#exposure.reduce((sum, length) => sum + length, firstExposure);
    let expected = reuses / exposure;
    for (let bucket = 0; bucket < ageBuckets; bucket += 1) {
      let seen = 0;
      let lived = 0;
      for (let at = bucket; at < this.#reuses.length; at += ageBuckets) {
        seen += this.#reuses[at]!;
        lived += this.#exposure[at]!;
      }
      const pooled = (seen + agePrior) / (lived + agePrior / expected);
      for (let at = bucket; at < this.#reuses.length; at += ageBuckets) {
        this.#rate[at] = (this.#reuses[at]! + agePrior) / (this.#exposure[at]! + agePrior / pooled);
      }
      expected = pooled * fallPerBucket;
    }
  }
}

function bounded(weight: number): number {
  return Math.max(-weightMax, Math.min(weightMax, weight));
}
