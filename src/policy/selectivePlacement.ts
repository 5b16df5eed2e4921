import { HandleBytes } from './handleBytes.js';
import type { CopyTime, PlacementPolicy } from './policy.js';
import type { PolicyColumns } from './policyColumns.js';

/** Where a block stands in the tree of prefixes when it is computed. */
const group = { first: 1, behindUsed: 2, behindFresh: 3 } as const;
const groups = 4;
/** What is known of a handle in place of its group; 0 where nothing is. */
const usedAgain = groups;
/** Counts are halved when there are as many blocks: what was so once is forgotten. */
const sealedMax = 4096;

/**
 * Copies at once what was used again, and what is likely to be: new blocks are told apart by what they follow (a
 * block that was used again, as in a shared prefix; one that was not; none), and a group is copied at once while more than
 * half of its blocks were used again. The others wait until they have to leave.
 */
export class SelectivePlacement implements PlacementPolicy {
  readonly #columns: PolicyColumns;
  /** By handle: its group, or that it was used again. */
  readonly #known: HandleBytes;
  /** By group: blocks that came, and those of them that were used again. */
  readonly #sealed = new Uint32Array(groups);
  readonly #reused = new Uint32Array(groups);

  constructor(columns: PolicyColumns, capacity: number) {
    this.#columns = columns;
    this.#known = new HandleBytes(capacity);
  }

  sealed(handle: number): CopyTime {
    const of = this.#groupOf(handle);
    this.#known.set(handle, of);
    const copies = 2 * this.#reused[of]! > this.#sealed[of]! ? 'now' : 'leaving';
    this.#sealed[of]! += 1;
    if (this.#sealed[of]! >= sealedMax) {
      this.#sealed[of]! >>>= 1;
      this.#reused[of]! >>>= 1;
    }
    return copies;
  }

  used(handle: number): CopyTime {
    const of = this.#known.get(handle);
    if (of > 0 && of < groups) this.#reused[of]! += 1;
    this.#known.set(handle, usedAgain);
    return 'now';
  }

  #groupOf(handle: number): number {
    const parent = this.#columns.parent[handle]!;
    if (parent < 0) return group.first;
    return this.#known.get(parent) === usedAgain ? group.behindUsed : group.behindFresh;
  }
}
