import { ageBuckets, type TideAges } from './tideAges.js';
import type { TideHazard } from './tideHazard.js';
import { strataCount, stratumOf, traitOf, traitsOfByte } from './tideTraits.js';

/** Factors of hazards are told apart to a sixth of a doubling, from 1/256 to 256. */
const rowsPerDoubling = 6;
const rows = 96;
/** Weights are added up in whole parts of a row. */
const partBits = 6;
/** The row of a factor of 1, and half a row, so that the nearest one is taken. */
const middle = (rows + 1) << (partBits - 1);
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
  readonly #worth = new Float32Array(strataCount * rows * ageBuckets);
  /** Rows are worked out when they are asked for: few are. */
  readonly #madeAt = new Uint32Array(strataCount * rows);
  #version = 1;
  /** By each byte of the traits: what it says of the row, in parts. */
  readonly #parts = new Int32Array(256 * traitsOfByte.length);
  /** By uses: first row of the stratum. */
  readonly #firstRows = Uint16Array.from({ length: 256 }, (_, uses) => stratumOf(uses) * rows);
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
    const partsPerWeight = (rowsPerDoubling / Math.LN2) * 2 ** partBits;
    for (const [byte, traits] of traitsOfByte.entries()) {
      for (let value = 0; value < 256; value += 1) {
        let weight = 0;
        for (const trait of traits) weight += this.#hazard.weight(trait, traitOf(value << (8 * byte), trait));
        this.#parts[256 * byte + value] = Math.round(weight * partsPerWeight);
      }
    }
  }

  /** Of blocks of these traits that were not used for so many accesses, as far as is learned by now. */
  worth(traits: number, age: number): number {
    const parts = this.#parts;
    const uses = traits & 255;
    const sum = parts[uses]! + parts[256 + ((traits >>> 8) & 255)]! + parts[512 + ((traits >>> 16) & 255)]!;
    const row = this.#firstRows[uses]! + Math.max(0, Math.min(rows - 1, (sum + middle) >> partBits));
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
