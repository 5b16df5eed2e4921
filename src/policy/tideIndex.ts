import { ageBuckets, type TideAges } from './tideAges.js';
import type { TideHazard } from './tideHazard.js';
import { strataCount, stratumOf } from './tideTraits.js';

/** Factors of hazards are told apart to a sixth of a doubling, from 1/256 to 256. */
const rowsPerDoubling = 6;
const rows = 96;
const cumulativeMax = 50;
/** Below it 1 - e^-x is x to the digits that count. */
const negligible = 1e-6;

/**
 * What holding a block is worth: reuses per access of holding it, for the best time to let it go,
 * `max over t of P(reused within t) / E(accesses held until reuse or t)` (Gittins' index). It looks ahead: a block
 * that is never used at once but surely soon is worth more than one whose time is over.
 */
export class TideIndex {
  readonly #ages: TideAges;
  readonly #hazard: TideHazard;
  readonly #worth = new Float64Array(strataCount * rows * ageBuckets);
  /** Rows are worked out when they are asked for: few are. */
  readonly #madeAt = new Uint32Array(strataCount * rows);
  #version = 1;
  readonly #chance = new Float64Array(ageBuckets);
  readonly #held = new Float64Array(ageBuckets);
  readonly #survival = new Float64Array(ageBuckets);

  constructor(ages: TideAges, hazard: TideHazard) {
    this.#ages = ages;
    this.#hazard = hazard;
  }

  /** The hazards are other ones than before. */
  renew(): void {
    this.#version += 1;
  }

  /** The class of blocks of these traits, as far as is learned by now. */
  rowOf(traits: number): number {
    const nearest = Math.round((this.#hazard.factorLog(traits) * rowsPerDoubling) / Math.LN2) + rows / 2;
    return stratumOf(traits) * rows + Math.max(0, Math.min(rows - 1, nearest));
  }

  worth(row: number, age: number): number {
    if (this.#madeAt[row] !== this.#version) this.#make(row);
    return this.#worth[row * ageBuckets + this.#ages.bucketOf(age)]!;
  }

  /** From the oldest age back: an age waits for the ages after it as long as their worth is above its own. */
  #make(row: number): void {
    const stratum = Math.floor(row / rows);
    const factor = 2 ** (((row % rows) - rows / 2) / rowsPerDoubling);
    let ahead = 0;
    for (let bucket = ageBuckets - 1; bucket >= 0; bucket -= 1) {
      const width = this.#ages.width(bucket);
      const cumulative = Math.min(factor * this.#hazard.rate(stratum, bucket) * width, cumulativeMax);
      let survival = Math.exp(-cumulative);
      let chance = cumulative < negligible ? cumulative : 1 - survival;
      let held = cumulative > 0 ? (width * chance) / cumulative : width;
      while (ahead > 0 && this.#chance[ahead - 1]! * held > chance * this.#held[ahead - 1]!) {
        ahead -= 1;
        chance += survival * this.#chance[ahead]!;
        held += survival * this.#held[ahead]!;
        survival *= this.#survival[ahead]!;
      }
      this.#chance[ahead] = chance;
      this.#held[ahead] = held;
      this.#survival[ahead] = survival;
      ahead += 1;
      this.#worth[row * ageBuckets + bucket] = chance / held;
    }
    this.#madeAt[row] = this.#version;
  }
}
