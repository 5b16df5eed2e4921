import { KvError } from '../core/errors.js';
import type { ShadowFigures } from '../core/shadowFigures.js';
import { KeyTable } from './keyTable.js';
import type { NamedPolicy } from './namedPolicy.js';
import type { RetentionPolicy } from './policy.js';
import type { HandleState } from './policyEvent.js';
import { RecordedColumns } from './recordedColumns.js';
import { StackDistances } from './stackDistances.js';
import { WindowOptimum } from './windowOptimum.js';

/** Shadows at once: each is a bit beside that of the stack distances. */
const shadowsMax = 16;
/** Sampled uses in the window over which regret is told. */
export const regretWindowUses = 4096;
/** What the curve reaches to, in capacities of the live cache. */
const curveCapacities = [1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8] as const;
const remembered = 1;
const nothingProtected = () => false;

interface Shadow {
  readonly name: string;
  readonly policy: RetentionPolicy;
  readonly bit: number;
  size: number;
  hits: number;
  failed: boolean;
}

/** 64 bits of a block's key. */
export interface ShadowKey {
  readonly low: number;
  readonly high: number;
}

/** A block as it is used; its parent is the block before it, or null for the first or one that is not known. */
export interface ShadowUse extends Omit<HandleState, 'key' | 'parent'> {
  readonly key: ShadowKey;
  readonly parent: ShadowKey | null;
}

/**
 * Policies that decide on keys alone what they would keep, each in a cache of its own with as much room, and what an
 * LRU of any size and the optimum would have hit. All memory is bounded by the capacity, the number of shadows and
 * the window.
 */
export class Shadows {
  readonly #columns = new RecordedColumns();
  readonly #shadows: Shadow[] = [];
  readonly #capacity: number;
  readonly #distances: StackDistances;
  readonly #optimum: WindowOptimum;
  /** Its entries are the handles. */
  readonly #keys: KeyTable;
  /** By handle: who remembers it. */
  readonly #members: number[] = [];
  #uses = 0;
  #liveHits = 0;
  #window = { uses: 0, liveHits: 0, optimumHits: 0 };
  #lastWindow: ShadowFigures['window'] | null = null;

  /** @param capacity blocks that fit in each, at least 1. @param policies at most `shadowsMax`. */
  constructor(capacity: number, policies: readonly NamedPolicy<RetentionPolicy>[]) {
    this.#capacity = Math.max(1, capacity);
    // The window's handles are among these, so that none of them means something else within it.
    const rememberedMax = Math.max(8 * this.#capacity, regretWindowUses);
    this.#keys = new KeyTable(rememberedMax + 1);
    this.#distances = new StackDistances(rememberedMax);
    this.#optimum = new WindowOptimum(this.#capacity, regretWindowUses);
    for (const [index, { name, make }] of policies.slice(0, shadowsMax).entries()) {
      const policy = make(this.#columns, this.#capacity);
      this.#shadows.push({ name, policy, bit: 2 << index, size: 0, hits: 0, failed: false });
    }
  }

  /** @param liveHit whether the live cache had the block. */
  use({ key, parent, ...state }: ShadowUse, liveHit: boolean): void {
    const known = this.#keys.find(key.low, key.high);
    const handle = known < 0 ? this.#take(key) : known;
    const before = parent === null ? -1 : this.#keys.find(parent.low, parent.high);
    this.#columns.write(handle, key.high, key.low, { ...state, parent: before });
    this.#uses += 1;
    if (liveHit) this.#liveHits += 1;
    this.#countWindow(liveHit, this.#optimum.use(handle));
    this.#members[handle]! |= remembered;
    const forgotten = this.#distances.use(handle);
    if (forgotten >= 0) this.#leave(forgotten, remembered);
    for (const shadow of this.#shadows) if (!shadow.failed) this.#useIn(shadow, handle);
  }

  /** @param rate share of the blocks that was told of. */
  figures(rate: number, seconds: number): ShadowFigures {
    return {
      rate,
      seconds,
      capacityBlocks: Math.round(this.#capacity / rate),
      uses: this.#uses,
      liveHits: this.#liveHits,
      policies: this.#shadows.map(({ name, hits, failed }) => ({ name, hits, failed })),
      missRatios: curveCapacities.map((times) => ({
        capacityBlocks: Math.round((times * this.#capacity) / rate),
        missRatio: this.#distances.missRatio(times * this.#capacity),
      })),
      window: this.#lastWindow ?? this.#window,
    };
  }

  #useIn(shadow: Shadow, handle: number): void {
    const { policy, bit } = shadow;
    try {
      if ((this.#members[handle]! & bit) !== 0) {
        shadow.hits += 1;
        policy.access(handle);
        return;
      }
      if (shadow.size >= this.#capacity) {
        const eviction = policy.evict(1, nothingProtected);
        if (eviction.kind === 'none') throw new KvError('invalid', `${shadow.name} gave no victim`);
        for (const victim of eviction.handles) {
          shadow.size -= 1;
          this.#leave(victim, bit);
        }
      }
      this.#members[handle]! |= bit;
      shadow.size += 1;
      policy.insert(handle);
    } catch {
      shadow.failed = true;
      for (let one = 0; one < this.#members.length; one += 1) this.#leave(one, bit);
    }
  }

  #countWindow(liveHit: boolean, optimumHit: boolean): void {
    this.#window.uses += 1;
    if (liveHit) this.#window.liveHits += 1;
    if (optimumHit) this.#window.optimumHits += 1;
    if (this.#window.uses < regretWindowUses) return;
    this.#lastWindow = this.#window;
    this.#window = { uses: 0, liveHits: 0, optimumHits: 0 };
  }

  #take({ low, high }: ShadowKey): number {
    const handle = this.#keys.add(low, high);
    this.#members[handle] = 0;
    return handle;
  }

  #leave(handle: number, bit: number): void {
    const before = this.#members[handle]!;
    if ((before & bit) === 0) return;
    this.#members[handle] = before & ~bit;
    if (this.#members[handle] === 0) this.#keys.delete(handle);
  }
}
