import type { Eviction, RetentionPolicy } from './policy.js';
import type { PolicyColumns } from './policyColumns.js';
import { PrefixLeaves } from './prefixLeaves.js';
import { TideModel } from './tideModel.js';
import { pooledBit } from './tideTraits.js';
import { VictimPool } from './victimPool.js';
import { Xorshift32 } from './xorshift32.js';

const seed = 0x7469_6465;
/** Leaves that are weighed for each victim, and those of least worth that are kept in mind. */
const offersPerVictim = 8;
const poolLimit = 16;
/** Neighbours that are looked at together, for they lie in one line of the processor's cache, and such runs a victim. */
const handlesPerRun = 8;
const runsPerVictim = 8;
/** Victims after which those kept in mind are weighed anew. */
const victimsPerRenewal = 64;
/** Blocks behind a gap in their request that are remembered as the next to go. */
const cutOffMax = 64;
const none: Eviction = { kind: 'none' };

/**
 * Ours: the leaf of the cached prefix tree goes that promises the fewest reuses for the room and time that it takes,
 * as learned online from when blocks like it came back. docs/tide.md says how it works and where it loses.
 */
export class TideRetention implements RetentionPolicy {
  readonly #columns: PolicyColumns;
  readonly #leaves: PrefixLeaves;
  readonly #random = new Xorshift32(seed);
  readonly #model: TideModel;
  readonly #pool = new VictimPool(poolLimit);
  #untilRenewal = victimsPerRenewal;
  /** Where to look first for a handle that may go; no choice depends on it. */
  #mayGo = 0;
  /** The request that lost a block while under way; what it has behind it is of no use to a prefix. */
  #cutRequest = -1;
  readonly #cutOff: number[] = [];

  constructor(columns: PolicyColumns, capacity: number) {
    this.#columns = columns;
    this.#leaves = new PrefixLeaves(columns, capacity);
    this.#model = new TideModel(columns, this.#leaves, capacity, this.#random);
  }

  /** Blocks that are out and remembered. */
  get ghostCount(): number {
    return this.#model.ghostCount;
  }

  insert(handle: number): void {
    this.#leaves.add(handle);
    this.#model.inserted(handle);
    if (this.#isCutOff(handle) && this.#cutOff.length < cutOffMax) this.#cutOff.push(handle);
  }

  access(handle: number): void {
    this.#leaves.renew(handle);
    this.#model.accessed(handle);
  }

  remove(handle: number): void {
    this.#model.leaves(handle);
    this.#leaves.remove(handle);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    // First of all, since a search that finds nothing would change what later ones find.
    if (!this.#canGive(count, isProtected)) return none;
    if (count === 1) return { kind: 'victims', handles: [this.#giveOne(isProtected)] };
    return { kind: 'victims', handles: Array.from({ length: count }, () => this.#giveOne(isProtected)) };
  }

  /** What was learned holds for another capacity as well. */
  resize(capacity: number): void {
    this.#model.resize(capacity);
  }

  #isCutOff(handle: number): boolean {
    const { request, depth } = this.#columns;
    return request[handle] === this.#cutRequest && depth[handle]! > 0 && this.#leaves.parentOf(handle) < 0;
  }

  /** Whether so many may go; it looks first where it found one last time. */
  #canGive(count: number, isProtected: (handle: number) => boolean): boolean {
    const { end } = this.#leaves;
    let missing = count;
    let handle = this.#mayGo;
    for (let looks = end; looks > 0 && missing > 0; looks -= 1) {
      if (handle >= end) handle = 0;
      if (this.#leaves.has(handle) && !isProtected(handle)) {
        missing -= 1;
        this.#mayGo = handle;
      }
      handle += 1;
    }
    return missing <= 0;
  }

  /** At least one may go. */
  #giveOne(isProtected: (handle: number) => boolean): number {
    const victim = this.#choose(isProtected);
    if (this.#model.isUnderWay(victim)) this.#cutRequest = this.#columns.request[victim]!;
    this.#model.leaves(victim);
    const before = this.#leaves.remove(victim);
    if (before >= 0 && this.#leaves.uses.isFreeLeaf(before)) this.#offer(before, this.#model.worth(before));
    return victim;
  }

  #choose(isProtected: (handle: number) => boolean): number {
    const cutOff = this.#nextCutOff(isProtected);
    if (cutOff >= 0) return cutOff;
    const pooled = this.#nextOfPool(isProtected);
    if (pooled >= 0) return pooled;
    const leaf = this.#leastOf((handle) => this.#leaves.isLeaf(handle) && !isProtected(handle));
    return leaf >= 0 ? leaf : this.#leastOf((handle) => this.#leaves.has(handle) && !isProtected(handle));
  }

  #nextOfPool(isProtected: (handle: number) => boolean): number {
    this.#untilRenewal -= 1;
    if (this.#untilRenewal === 0) this.#renewPool();
    this.#offerSome();
    // One that was used since it was offered is worth more by now, and has to wait for the others.
    for (let look = 0; look < poolLimit; look += 1) {
      const handle = this.#takePooled();
      if (handle < 0) return -1;
      if (!this.#leaves.isLeaf(handle)) continue;
      const worth = this.#model.worth(handle);
      if (worth > this.#pool.leastWorth) this.#offer(handle, worth);
      else if (!isProtected(handle)) return handle;
    }
    return -1;
  }

  /** What those kept in mind are worth changes with time. */
  #renewPool(): void {
    this.#untilRenewal = victimsPerRenewal;
    const handles = Array.from({ length: this.#pool.size }, () => this.#takePooled());
    for (const handle of handles) {
      if (this.#leaves.uses.isFreeLeaf(handle)) this.#offer(handle, this.#model.worth(handle));
    }
  }

  /** Weighs some leaves, in runs of neighbours from random handles on. */
  #offerSome(): void {
    const { uses } = this.#leaves;
    const runs = Math.ceil(uses.end / handlesPerRun);
    let offers = offersPerVictim;
    for (let run = 0; run < runsPerVictim && offers > 0; run += 1) {
      const first = handlesPerRun * this.#random.below(runs);
      for (let handle = first; handle < first + handlesPerRun && offers > 0; handle += 1) {
        if (!uses.isFreeLeaf(handle)) continue;
        offers -= 1;
        this.#offer(handle, this.#model.worth(handle));
      }
    }
  }

  #offer(handle: number, worth: number): void {
    const dropped = this.#pool.offer(handle, worth);
    if (dropped === handle) return;
    this.#leaves.uses.setFlag(handle, pooledBit);
    if (dropped >= 0) this.#leaves.uses.clearFlag(dropped, pooledBit);
  }

  #takePooled(): number {
    const handle = this.#pool.take();
    if (handle >= 0) this.#leaves.uses.clearFlag(handle, pooledBit);
    return handle;
  }

  #nextCutOff(isProtected: (handle: number) => boolean): number {
    for (let handle = this.#cutOff.pop(); handle !== undefined; handle = this.#cutOff.pop()) {
      if (this.#leaves.isLeaf(handle) && this.#isCutOff(handle) && !isProtected(handle)) return handle;
    }
    return -1;
  }

  /** The one worth least of those that may go, of equals the one not used for longest; -1 where none may. */
  #leastOf(mayGo: (handle: number) => boolean): number {
    let least = -1;
    let leastWorth = Number.POSITIVE_INFINITY;
    for (let handle = 0; handle < this.#leaves.end; handle += 1) {
      if (!mayGo(handle)) continue;
      const worth = this.#model.worth(handle);
      if (worth > leastWorth) continue;
      if (worth === leastWorth && this.#model.ageOf(handle) <= this.#model.ageOf(least)) continue;
      leastWorth = worth;
      least = handle;
    }
    return least;
  }
}
