import type { PolicyColumns } from './policyColumns.js';
import type { PrefixLeaves } from './prefixLeaves.js';
import { TideAges } from './tideAges.js';
import { TideGhosts } from './tideGhosts.js';
import { TideHazard } from './tideHazard.js';
import { TideIndex } from './tideIndex.js';
import { TidePasts } from './tidePasts.js';
import { TideSamples } from './tideSamples.js';
import { type BlockRole, blockRoles, packTraits, roleOf } from './tideTraits.js';
import type { Xorshift32 } from './xorshift32.js';

/** Blocks that are out and still remembered: half the capacity, or this if that is more. */
const ghostsLeast = 32_768;
/** Accesses to a sample; more where the cache is large, so that samples wait for several turnovers of it. */
const accessesPerSampleLeast = 16;
const samplesPerTurnover = 1024;
/** Samples after which the hazards are fitted anew: at first few, later more. */
const samplesPerLearningLeast = 16;
const samplesPerLearningMost = 128;
/** A request goes on an earlier one if that one had no more than this share of blocks beyond the last common one. */
const changedEndShare = 1 / 8;
const agesPerGap = 4;

/**
 * What `tide` knows of blocks: how often, how and when they and the conversations that they stand in were used, and
 * what it learned from that of when such blocks are used again. Its clock counts accesses.
 */
export class TideModel {
  readonly #columns: PolicyColumns;
  readonly #leaves: PrefixLeaves;
  readonly #random: Xorshift32;
  readonly #ages: TideAges;
  readonly #hazard: TideHazard;
  readonly #index: TideIndex;
  readonly #samples: TideSamples;
  readonly #ghosts: TideGhosts;
  /** Rows are handles. */
  readonly #pasts = new TidePasts();
  #traits = new Uint32Array(0);
  /** Class of the block in the index when it was used last: what was learned since changes little. */
  #rows = new Uint16Array(0);

  readonly #accessesPerSample: number;
  #untilSample = 1;
  #samplesPerLearning = samplesPerLearningLeast;
  #untilLearning = samplesPerLearningLeast;
  #now = 0;
  /** Tokens of a full block. */
  #blockTokens = 0;

  #request = -1;
  /** The deepest cached block of the request that hangs together with its first, or -1. */
  #tip = -1;
  #used = 0;
  #blocks = 0;
  #newBlocks = 0;
  #goesOn = false;
  #uses = 1;
  #gap = 0;

  constructor(columns: PolicyColumns, leaves: PrefixLeaves, capacity: number, random: Xorshift32) {
    this.#columns = columns;
    this.#leaves = leaves;
    this.#random = random;
    this.#ages = new TideAges(capacity);
    this.#hazard = new TideHazard();
    this.#index = new TideIndex(this.#ages, this.#hazard);
    this.#samples = new TideSamples(this.#ages, this.#hazard);
    this.#accessesPerSample = Math.max(accessesPerSampleLeast, Math.ceil(capacity / samplesPerTurnover));
    this.#ghosts = new TideGhosts(Math.max(ghostsLeast, capacity >>> 1), (row) => {
      this.#samples.close(this.#ghosts.pasts.ticket[row]!, this.#now, false);
    });
  }

  get ghostCount(): number {
    return this.#ghosts.size;
  }

  /** Accesses since the last use of a cached block. */
  ageOf(handle: number): number {
    return (this.#now - this.#pasts.lastUse[handle]!) >>> 0;
  }

  /** Reuses to be expected for each access for which the cached block is held. */
  worth(handle: number): number {
    return this.#index.worth(this.#rows[handle]!, this.ageOf(handle));
  }

  /** Whether the request under way uses it. */
  isUnderWay(handle: number): boolean {
    return this.#columns.request[handle] === this.#request;
  }

  /** A block that was not cached is so from now on, and stands among the leaves. */
  inserted(handle: number): void {
    this.#reserve(handle + 1);
    const ghost = this.#ghosts.find(this.#columns.keyLow[handle]!, this.#columns.keyHigh[handle]!);
    if (ghost < 0) {
      this.#begin(handle);
      this.#usedFirst(handle);
    } else {
      this.#pasts.copy(handle, this.#ghosts.pasts, ghost);
      this.#ghosts.take(ghost);
      this.#begin(handle);
      this.#usedAgain(handle);
    }
  }

  /** A cached block is used. */
  accessed(handle: number): void {
    this.#begin(handle);
    this.#usedAgain(handle);
  }

  /** A cached block is about to leave; it stands among the leaves still. */
  leaves(handle: number): void {
    if (handle === this.#tip) this.#tip = this.#leaves.parentOf(handle);
    this.#ghosts.add(this.#columns.keyLow[handle]!, this.#columns.keyHigh[handle]!, this.#pasts, handle);
  }

  #begin(handle: number): void {
    const { request, tokens } = this.#columns;
    if (request[handle] !== this.#request) {
      this.#finish();
      this.#request = request[handle]!;
      this.#tip = -1;
      this.#used = 0;
      this.#newBlocks = 0;
      const before = this.#leaves.parentOf(handle);
      if (before >= 0 && request[before] === this.#request) this.#resume(before);
      else this.#goesOn = false;
    }
    this.#now = (this.#now + 1) >>> 0;
    this.#used += 1;
    this.#blockTokens = Math.max(this.#blockTokens, tokens[handle]!);
  }

  /** Requests take turns, and this one was under way before. */
  #resume(before: number): void {
    const role = roleOf(this.#traits[before]!);
    this.#goesOn = role === blockRoles.continued || role === blockRoles.added;
    this.#uses = this.#pasts.uses[before]!;
    this.#gap = this.#pasts.gap[before]!;
  }

  #usedFirst(handle: number): void {
    this.#newBlocks += 1;
    this.#pasts.ticket[handle] = -1;
    if (this.#goesOn) this.#note(handle, blockRoles.added, this.#uses, this.#gap);
    else this.#note(handle, blockRoles.fresh, 1, 0);
  }

  #usedAgain(handle: number): void {
    const age = this.ageOf(handle);
    this.#samples.close(this.#pasts.ticket[handle]!, this.#now, true);
    const depth = this.#columns.depth[handle]!;
    const earlierBlocks = this.#pasts.requestBlocks[handle]!;
    const changedEnd = Math.max(1, earlierBlocks * changedEndShare);
    this.#goesOn = depth > 0 && earlierBlocks - depth - 1 <= changedEnd;
    this.#newBlocks = 0;
    this.#uses = this.#pasts.uses[handle]! + 1;
    this.#gap = this.#ages.bucketOf(age) + 1;
    this.#note(handle, blockRoles.shared, this.#uses, this.#gap);
  }

  #note(handle: number, role: BlockRole, uses: number, gap: number): void {
    const { depth, requestTokens } = this.#columns;
    this.#blocks = depth[handle]! + 1;
    const asked = this.#blockTokens > 0 ? Math.ceil(requestTokens[handle]! / this.#blockTokens) : 0;
    const blocks = Math.max(this.#blocks, asked);
    this.#pasts.set(handle, this.#now, uses, gap, blocks);
    const traits = this.#pack(handle, role, blocks, asked === this.#blocks);
    this.#traits[handle] = traits;
    this.#rows[handle] = this.#index.rowOf(traits);
    this.#untilSample -= 1;
    this.#pasts.ticket[handle] = this.#untilSample === 0 ? this.#sample(traits) : -1;
    const before = this.#leaves.parentOf(handle);
    if (before === this.#tip) this.#tip = handle;
  }

  #pack(handle: number, role: BlockRole, requestBlocks: number, isLast: boolean): number {
    return packTraits({
      uses: this.#pasts.uses[handle]!,
      role,
      isLast,
      requestBlocks,
      gap: gapTrait(this.#pasts.gap[handle]!),
      newBlocks: this.#newBlocks,
    });
  }

  #sample(traits: number): number {
    this.#untilSample = 1 + this.#random.below(2 * this.#accessesPerSample - 1);
    this.#untilLearning -= 1;
    if (this.#untilLearning === 0) this.#learn();
    return this.#samples.open(traits, this.#now);
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
    let handle = this.#tip;
    const known = this.#goesOn ? blockRoles.continued : blockRoles.shared;
    for (let left = this.#used; left > 0 && handle >= 0 && this.isUnderWay(handle); left -= 1) {
      const provisional = roleOf(this.#traits[handle]!);
      const isKnown = provisional === blockRoles.shared || provisional === blockRoles.continued;
      this.#pasts.setRequestBlocks(handle, this.#blocks);
      const isLast = this.#columns.depth[handle] === this.#blocks - 1;
      this.#traits[handle] = this.#pack(handle, isKnown ? known : provisional, this.#blocks, isLast);
      this.#rows[handle] = this.#index.rowOf(this.#traits[handle]!);
      this.#samples.correct(this.#pasts.ticket[handle]!, this.#traits[handle]!);
      handle = this.#leaves.parentOf(handle);
    }
  }

  #reserve(handles: number): void {
    if (handles <= this.#traits.length) return;
    this.#pasts.reserve(handles);
    const traits = new Uint32Array(this.#pasts.length);
    traits.set(this.#traits);
    this.#traits = traits;
    const rows = new Uint16Array(this.#pasts.length);
    rows.set(this.#rows);
    this.#rows = rows;
  }
}

/** A gap to a whole doubling; from 1, 0 stays none. */
function gapTrait(gap: number): number {
  return gap === 0 ? 0 : 1 + Math.floor((gap - 1) / agesPerGap);
}
