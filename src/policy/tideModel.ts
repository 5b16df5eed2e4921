import type { PolicyColumns } from './policyColumns.js';
import type { PrefixLeaves } from './prefixLeaves.js';
import { TideAges } from './tideAges.js';
import { TideGhosts } from './tideGhosts.js';
import { TideHazard } from './tideHazard.js';
import { TideIndex } from './tideIndex.js';
import { TideSamples } from './tideSamples.js';
import {
  type BlockRole,
  blockRoles,
  gapOf,
  isNearEnd,
  packRequest,
  packUse,
  roleOf,
  sampledBit,
  usesOf,
  withRequest,
  withRole,
} from './tideTraits.js';
import type { TideUses } from './tideUses.js';
import type { Xorshift32 } from './xorshift32.js';

/** Blocks that are out and still remembered: half the capacity, or this if that is more. */
const ghostsLeast = 32_768;
/** Accesses to a sample; more where the cache is large, so that samples wait for several turnovers of it. */
const accessesPerSampleLeast = 16;
const samplesPerTurnover = 1024;
/** Samples after which the hazards are fitted anew: at first few, later more. */
const samplesPerLearningLeast = 16;
const samplesPerLearningMost = 128;
/** Ages to a gap: those of a doubling. */
const agesPerGapBits = 2;

/**
 * What `tide` knows of blocks: how often, how and when they and the conversations that they stand in were used, and
 * what it learned from that of when such blocks are used again. Its clock counts accesses.
 */
export class TideModel {
  readonly #columns: PolicyColumns;
  readonly #leaves: PrefixLeaves;
  readonly #random: Xorshift32;
  #capacity: number;
  readonly #ages: TideAges;
  readonly #hazard: TideHazard;
  readonly #index: TideIndex;
  readonly #samples: TideSamples;
  readonly #ghosts: TideGhosts;
  readonly #uses: TideUses;

  #untilSample = 1;
  #samplesPerLearning = samplesPerLearningLeast;
  #untilLearning = samplesPerLearningLeast;
  #now = 0;

  #request = -1;
  /** The deepest cached block of the request that hangs together with its first, or -1. */
  #tip = -1;
  #used = 0;
  #blocks = 0;
  #newBlocks = 0;
  #goesOn = false;
  #lastUses = 1;
  #lastGap = 0;

  constructor(columns: PolicyColumns, leaves: PrefixLeaves, capacity: number, random: Xorshift32) {
    this.#columns = columns;
    this.#leaves = leaves;
    this.#uses = leaves.uses;
    this.#random = random;
    this.#capacity = capacity;
    this.#ages = new TideAges(capacity);
    this.#hazard = new TideHazard();
    this.#index = new TideIndex(this.#ages, this.#hazard);
    this.#samples = new TideSamples(this.#ages, this.#hazard);
    this.#ghosts = new TideGhosts(ghostsLimit(capacity), (lastUse, traits) => {
      if ((traits & sampledBit) !== 0) this.#samples.close(lastUse, this.#now, false);
    });
  }

  get ghostCount(): number {
    return this.#ghosts.size;
  }

  /** Accesses since the last use of a cached block. */
  ageOf(handle: number): number {
    return (this.#now - this.#uses.lastUse(handle)) >>> 0;
  }

  /** Reuses to be expected for each access for which the cached block is held. */
  worth(handle: number): number {
    return this.#index.worth(this.#uses.traits(handle), this.ageOf(handle));
  }

  /** Whether the request under way uses it. */
  isUnderWay(handle: number): boolean {
    return this.#columns.request[handle] === this.#request;
  }

  /** A block that was not cached is so from now on, and stands among the leaves. */
  inserted(handle: number): void {
    this.#begin(handle);
    const ghost = this.#ghosts.find(this.#columns.keyLow[handle]!);
    if (ghost < 0) this.#usedFirst(handle);
    else {
      const lastUse = this.#ghosts.lastUse(ghost);
      const traits = this.#ghosts.traits(ghost);
      this.#ghosts.drop(ghost);
      this.#usedAgain(handle, lastUse, traits);
    }
  }

  /** A cached block is used. */
  accessed(handle: number): void {
    this.#begin(handle);
    this.#usedAgain(handle, this.#uses.lastUse(handle), this.#uses.traits(handle));
  }

  /** A cached block is about to leave; it stands among the leaves still. */
  leaves(handle: number): void {
    if (handle === this.#tip) this.#tip = this.#leaves.parentOf(handle);
    const key = this.#columns.keyLow[handle]!;
    this.#ghosts.add(key, this.#uses.lastUse(handle), this.#uses.traits(handle), this.#now);
  }

  resize(capacity: number): void {
    this.#capacity = capacity;
    this.#ghosts.resize(ghostsLimit(capacity), this.#now);
  }

  #begin(handle: number): void {
    const request = this.#columns.request[handle]!;
    if (request !== this.#request) {
      this.#finish();
      this.#request = request;
      this.#tip = -1;
      this.#used = 0;
      this.#newBlocks = 0;
      this.#goesOn = false;
      if (this.#columns.depth[handle]! > 0) this.#resume(handle);
    }
    this.#now = (this.#now + 1) >>> 0;
    this.#used += 1;
  }

  /** Requests may take turns, and this one may have been under way before. */
  #resume(handle: number): void {
    const before = this.#leaves.parentOf(handle);
    if (before < 0 || !this.isUnderWay(before)) return;
    const traits = this.#uses.traits(before);
    const role = roleOf(traits);
    this.#goesOn = role === blockRoles.continued || role === blockRoles.added;
    this.#lastUses = usesOf(traits);
    this.#lastGap = gapOf(traits);
  }

  #usedFirst(handle: number): void {
    this.#newBlocks += 1;
    if (this.#goesOn) this.#note(handle, packUse(this.#lastUses, blockRoles.added, this.#lastGap));
    else this.#note(handle, packUse(1, blockRoles.fresh, 0));
  }

  #usedAgain(handle: number, lastUse: number, traits: number): void {
    if ((traits & sampledBit) !== 0) this.#samples.close(lastUse, this.#now, true);
    this.#goesOn = isNearEnd(traits) && this.#columns.depth[handle]! > 0;
    this.#newBlocks = 0;
    this.#lastUses = usesOf(traits) + 1;
    this.#lastGap = 1 + (this.#ages.bucketOf((this.#now - lastUse) >>> 0) >>> agesPerGapBits);
    this.#note(handle, packUse(this.#lastUses, blockRoles.shared, this.#lastGap));
  }

  /** As far as is known before the request is over. */
  #note(handle: number, use: number): void {
    const depth = this.#columns.depth[handle]!;
    this.#blocks = depth + 1;
    let traits = use | packRequest(depth, depth + 1, this.#newBlocks);
    this.#untilSample -= 1;
    if (this.#untilSample === 0) {
      this.#sample(traits);
      traits |= sampledBit;
    }
    this.#uses.set(handle, this.#now, traits);
    const before = depth === 0 ? -1 : this.#leaves.parentOf(handle);
    if (before === this.#tip) this.#tip = handle;
  }

  #sample(traits: number): void {
    const mean = Math.max(accessesPerSampleLeast, Math.ceil(this.#capacity / samplesPerTurnover));
    this.#untilSample = 1 + this.#random.below(2 * mean - 1);
    this.#untilLearning -= 1;
    if (this.#untilLearning === 0) this.#learn();
    this.#samples.open(traits, this.#now);
  }

  #learn(): void {
    this.#samplesPerLearning = Math.min(samplesPerLearningMost, this.#samplesPerLearning + 2);
    this.#untilLearning = this.#samplesPerLearning;
    this.#samples.pass(this.#now);
    this.#hazard.learn();
    this.#index.renew();
  }

  /** The request is over: how long it was, and whether it went on an earlier one, goes for all its blocks. */
  #finish(): void {
    const known = this.#goesOn ? blockRoles.continued : blockRoles.shared;
    let handle = this.#tip;
    for (let left = this.#used; left > 0 && handle >= 0 && this.isUnderWay(handle); left -= 1) {
      this.#end(handle, known);
      handle = left > 1 ? this.#leaves.parentOf(handle) : -1;
    }
  }

  #end(handle: number, known: BlockRole): void {
    const depth = this.#columns.depth[handle]!;
    const noted = this.#uses.traits(handle);
    const lastUse = this.#uses.lastUse(handle);
    const traits = withRequest(
      isNew(roleOf(noted)) ? noted : withRole(noted, known),
      packRequest(depth, this.#blocks, this.#newBlocks),
      depth + 1 === this.#blocks,
    );
    this.#uses.set(handle, lastUse, traits);
    if ((traits & sampledBit) !== 0) this.#samples.correct(lastUse, this.#now, traits);
  }
}

function isNew(role: BlockRole): boolean {
  return role === blockRoles.fresh || role === blockRoles.added;
}

function ghostsLimit(capacity: number): number {
  return Math.max(ghostsLeast, capacity >>> 1);
}
