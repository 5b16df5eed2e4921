import type { Eviction, RetentionPolicy } from './policy.js';
import type { PolicyColumns } from './policyColumns.js';
import { PrefixLeaves } from './prefixLeaves.js';
import { TideModel } from './tideModel.js';
import { VictimPool } from './victimPool.js';
import { Xorshift32 } from './xorshift32.js';

const seed = 0x7469_6465;
/** Random leaves that are weighed for each victim, and the leaves of least worth that are kept in mind. */
const offersPerVictim = 6;
const poolLimit = 32;
/** Victims after which those kept in mind are weighed anew. */
const victimsPerRenewal = 16;
/** Blocks behind a gap in their request that are remembered as the next to go. */
const cutOffMax = 64;
const none: Eviction = { kind: 'none' };

/**
 * Ours: the leaf of the cached prefix tree goes that promises the fewest reuses for the room and time that it takes,
 * as learned online from when blocks like it came back. docs/tide.md says how it works and where it loses.
 */
export class TideRetention implements RetentionPolicy {
  readonly #columns: PolicyColumns;
  readonly #leaves = new PrefixLeaves();
  readonly #random = new Xorshift32(seed);
  readonly #model: TideModel;
  readonly #pool = new VictimPool(poolLimit);
  #untilRenewal = victimsPerRenewal;
  readonly #isLeaf = (handle: number): boolean => this.#leaves.isLeaf(handle);
  readonly #worthOf = (handle: number): number => this.#model.worth(handle);
  /** The request that lost a block while under way; what it has behind it is of no use to a prefix. */
  #cutRequest = -1;
  readonly #cutOff: number[] = [];

  constructor(columns: PolicyColumns, capacity: number) {
    this.#columns = columns;
    this.#model = new TideModel(columns, this.#leaves, capacity, this.#random);
  }

  /** Blocks that are out and remembered. */
  get ghostCount(): number {
    return this.#model.ghostCount;
  }

  insert(handle: number): void {
    this.#leaves.add(handle);
    this.#linkToParent(handle);
    this.#model.inserted(handle);
    if (this.#isCutOff(handle) && this.#cutOff.length < cutOffMax) this.#cutOff.push(handle);
  }

  access(handle: number): void {
    if (this.#leaves.parentOf(handle) < 0) this.#linkToParent(handle);
    this.#model.accessed(handle);
  }

  remove(handle: number): void {
    this.#model.leaves(handle);
    this.#leaves.remove(handle);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    if (count > 1 && !this.#canGive(count, isProtected)) return none;
    const handles: number[] = [];
    while (handles.length < count) {
      const victim = this.#choose(isProtected);
      if (victim < 0) return none;
      this.#takeOut(victim);
      handles.push(victim);
    }
    return { kind: 'victims', handles };
  }

  /** What was learned holds for another capacity as well. */
  resize(_capacity: number): void {}

  #linkToParent(handle: number): void {
    const { parent, request, depth } = this.#columns;
    const before = parent[handle]!;
    // The handle of a parent that left may mean another block by now: one of the same request does not.
    if (before === handle || !this.#leaves.has(before) || request[before] !== request[handle]) return;
    if (depth[before]! < depth[handle]!) this.#leaves.link(handle, before);
  }

  #isCutOff(handle: number): boolean {
    const { request, depth } = this.#columns;
    return request[handle] === this.#cutRequest && depth[handle]! > 0 && this.#leaves.parentOf(handle) < 0;
  }

  #takeOut(victim: number): void {
    if (this.#model.isUnderWay(victim)) {
      this.#cutRequest = this.#columns.request[victim]!;
    }
    const before = this.#leaves.parentOf(victim);
    this.#model.leaves(victim);
    this.#leaves.remove(victim);
    if (this.#leaves.isLeaf(before)) this.#pool.offer(before, this.#model.worth(before));
  }

  #canGive(count: number, isProtected: (handle: number) => boolean): boolean {
    let found = 0;
    for (let handle = 0; handle < this.#leaves.end && found < count; handle += 1) {
      if (this.#leaves.has(handle) && !isProtected(handle)) found += 1;
    }
    return found >= count;
  }

  #choose(isProtected: (handle: number) => boolean): number {
    const cutOff = this.#nextCutOff(isProtected);
    if (cutOff >= 0) return cutOff;
    const pooled = this.#nextOfPool(isProtected);
    if (pooled >= 0) return pooled;
    const leaf = this.#leastOf(this.#leaves.leafCount, (place) => this.#leaves.leaf(place), isProtected);
    if (leaf >= 0) return leaf;
    return this.#leastOf(this.#leaves.end, (handle) => handle, isProtected);
  }

  #nextOfPool(isProtected: (handle: number) => boolean): number {
    this.#untilRenewal -= 1;
    if (this.#untilRenewal === 0) {
      this.#untilRenewal = victimsPerRenewal;
      this.#pool.renew(this.#isLeaf, this.#worthOf);
    }
    const { leafCount } = this.#leaves;
    for (let offer = 0; offer < offersPerVictim && leafCount > 0; offer += 1) {
      const leaf = this.#leaves.leaf(this.#random.below(leafCount));
      this.#pool.offer(leaf, this.#model.worth(leaf));
    }
    // One that was used since it was offered is worth more by now, and has to wait for the others.
    for (let look = 0; look < poolLimit; look += 1) {
      const handle = this.#pool.take();
      if (handle < 0) return -1;
      if (!this.#leaves.isLeaf(handle)) continue;
      const worth = this.#model.worth(handle);
      if (worth > this.#pool.leastWorth) this.#pool.offer(handle, worth);
      else if (!isProtected(handle)) return handle;
    }
    return -1;
  }

  #nextCutOff(isProtected: (handle: number) => boolean): number {
    for (let handle = this.#cutOff.pop(); handle !== undefined; handle = this.#cutOff.pop()) {
      if (this.#leaves.isLeaf(handle) && this.#isCutOff(handle) && !isProtected(handle)) return handle;
    }
    return -1;
  }

  /** Of so many candidates the one worth least, of equals the one not used for longest; -1 where none may go. */
  #leastOf(
    count: number,
    candidate: (at: number) => number,
    isProtected: (handle: number) => boolean,
  ): number {
    let least = -1;
    let leastWorth = Number.POSITIVE_INFINITY;
    for (let at = 0; at < count; at += 1) {
      const handle = candidate(at);
      if (!this.#leaves.has(handle)) continue;
      const worth = this.#model.worth(handle);
      if (worth > leastWorth || isProtected(handle)) continue;
      if (worth === leastWorth && this.#model.ageOf(handle) <= this.#model.ageOf(least)) continue;
      leastWorth = worth;
      least = handle;
    }
    return least;
  }
}
