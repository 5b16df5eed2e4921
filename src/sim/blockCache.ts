import { KvError } from '../core/errors.js';
import type { RetentionFactory, RetentionPolicy } from '../policy/policy.js';
import { BlockHandles } from './blockHandles.js';
import { type BlockCosts, defaultBlockCosts, ReplayColumns } from './replayColumns.js';
import type { Trace } from './trace.js';

const nothingProtected = (): boolean => false;

export interface BlockCacheOptions {
  /** Blocks that fit. */
  readonly capacity: number;
  readonly costs?: BlockCosts;
}

/** The blocks of a trace that one cache holds, under one retention policy. What a policy may know is written before it is told. */
export class BlockCache {
  /** Blocks that are in at most; no more than there are. */
  readonly #places: number;
  readonly #trace: Trace;
  readonly #handles: BlockHandles;
  readonly #columns: ReplayColumns;
  readonly #policy: RetentionPolicy;
  #held = 0;

  /** @throws KvError `invalid` when the capacity is none; what the factory throws. */
  constructor(trace: Trace, factory: RetentionFactory, { capacity, costs }: BlockCacheOptions) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new KvError('invalid', `a capacity of ${capacity} blocks is none; give a whole number from 1`);
    }
    this.#places = Math.max(1, Math.min(capacity, trace.uniqueBlocks));
    this.#trace = trace;
    this.#handles = new BlockHandles(this.#places);
    this.#columns = new ReplayColumns(trace, this.#handles, costs ?? defaultBlockCosts);
    this.#policy = factory(this.#columns, capacity);
  }

  get isFull(): boolean {
    return this.#held === this.#places;
  }

  /** The handle of a block that is in, or -1. */
  find(block: number): number {
    return this.#handles.find(block);
  }

  /**
   * Looks where accesses `from` to before `to` will be looked for. Such reads wait for memory side by side, where
   * those of one access after the other wait for each in turn.
   * @returns a number that means nothing, so that no compiler leaves the reads out.
   */
  glance(from: number, to: number): number {
    const { blocks } = this.#trace;
    let seen = 0;
    for (let at = from; at < to; at += 1) {
      seen ^= this.#handles.glance(blocks[at]!) ^ this.#columns.glance(blocks[at]!);
    }
    return seen;
  }

  /** The request uses a block that is in. @param parent handle of the block before it, or -1. */
  access(handle: number, parent: number, request: number): void {
    // A block that comes behind itself has no parent: ids that name prefixes never do.
    if (this.#handles.parent[handle] !== parent && parent !== handle) this.#handles.setParent(handle, parent);
    this.#columns.writeRequest(handle, request);
    this.#policy.access(handle);
  }

  /** Takes in a block that is not in, where there is room. @returns its handle. */
  insert(block: number, parent: number, request: number, depth: number): number {
    const handle = this.#handles.enter(block, parent);
    this.#columns.writeBlock(handle, block, request, depth);
    this.#held += 1;
    this.#policy.insert(handle);
    return handle;
  }

  /**
   * Lets the policy choose who goes.
   * @param kept a handle that goes on meaning its block, even if that is the victim.
   * @returns the victim's block.
   * @throws KvError `invalid` when the policy gives no victim; what the policy throws.
   */
  evict(kept: number): number {
    const eviction = this.#policy.evict(1, nothingProtected);
    const victim = eviction.kind === 'victims' ? eviction.handles[0] : undefined;
    if (victim === undefined) throw new KvError('invalid', 'the policy gave no victim when asked for one');
    const block = this.#handles.blockOf(victim);
    this.#handles.leave(victim, kept);
    this.#held -= 1;
    return block;
  }

  /** Lets a block go that is in. */
  remove(handle: number): void {
    this.#policy.remove(handle);
    this.#handles.leave(handle, -1);
    this.#held -= 1;
  }
}
