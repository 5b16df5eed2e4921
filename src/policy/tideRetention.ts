import type { Eviction, RetentionPolicy } from './policy.js';
import type { PolicyColumns } from './policyColumns.js';
import { PrefixLeaves } from './prefixLeaves.js';
import { TideModel } from './tideModel.js';
import { Xorshift32 } from './xorshift32.js';

const seed = 0x7469_6465;
/** Leaves that are compared to find the one that goes; all where there are no more. */
const comparedLeaves = 64;
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
  /** The leaf that the last victim made one, which goes next as long as it is worth no more than `#followWorth`. */
  #follow = -1;
  #followWorth = 0;
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
    this.#follow = this.#leaves.isLeaf(before) ? before : -1;
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
    if (this.#mayFollow(isProtected)) return this.#follow;
    const isAll = this.#leaves.leafCount <= comparedLeaves;
    const sampled = isAll ? -1 : this.#leastOf(comparedLeaves, () => this.#randomLeaf(), isProtected);
    if (sampled >= 0) return sampled;
    const leaf = this.#leastOf(this.#leaves.leafCount, (place) => this.#leaves.leaf(place), isProtected);
    if (leaf >= 0) return leaf;
    return this.#leastOf(this.#leaves.end, (handle) => handle, isProtected);
  }

  #randomLeaf(): number {
    return this.#leaves.leaf(this.#random.below(this.#leaves.leafCount));
  }

  #nextCutOff(isProtected: (handle: number) => boolean): number {
    for (let handle = this.#cutOff.pop(); handle !== undefined; handle = this.#cutOff.pop()) {
      if (this.#leaves.isLeaf(handle) && this.#isCutOff(handle) && !isProtected(handle)) return handle;
    }
    return -1;
  }

  #mayFollow(isProtected: (handle: number) => boolean): boolean {
    const handle = this.#follow;
    return (
      this.#leaves.isLeaf(handle) &&
      !this.#model.isUnderWay(handle) &&
      this.#model.worth(handle) <= this.#followWorth &&
      !isProtected(handle)
    );
  }

  /** Of so many candidates the one worth least, of equals the one not used for longest; -1 where none may go. */
  #leastOf(
    count: number,
    candidate: (at: number) => number,
    isProtected: (handle: number) => boolean,
  ): number {
    let least = -1;
    let leastWorth = Number.POSITIVE_INFINITY;
    let secondWorth = Number.POSITIVE_INFINITY;
    for (let at = 0; at < count; at += 1) {
      const handle = candidate(at);
      if (handle === least || !this.#leaves.has(handle)) continue;
      const worth = this.#model.worth(handle);
      if (worth > leastWorth) {
        secondWorth = Math.min(secondWorth, worth);
        continue;
      }
      if (worth === leastWorth && this.#model.ageOf(handle) <= this.#model.ageOf(least)) continue;
      if (isProtected(handle)) continue;
      secondWorth = leastWorth;
      leastWorth = worth;
      least = handle;
    }
    this.#followWorth = secondWorth === Number.POSITIVE_INFINITY ? leastWorth : secondWorth;
    return least;
  }
}
