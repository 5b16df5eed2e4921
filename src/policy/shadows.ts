import { KvError } from '../core/errors.js';
import type { ShadowFigures } from '../core/shadowFigures.js';
import type { NamedPolicy } from './namedPolicy.js';
import type { RetentionPolicy } from './policy.js';
import type { HandleState } from './policyEvent.js';
import { RecordedColumns } from './recordedColumns.js';
import { StackDistances } from './stackDistances.js';
import { WindowOptimum } from './windowOptimum.js';

/** Shadows at once: each is a bit beside that of the stack distances. */
export const shadowsMax = 16;
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

/** A block as it is used. */
export type ShadowUse = Omit<HandleState, 'key'> & { readonly keyLow: number; readonly keyHigh: number };

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
  #optimum: WindowOptimum;
  readonly #handles = new Map<bigint, number>();
  readonly #keys: bigint[] = [];
  readonly #free: number[] = [];
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
    this.#distances = new StackDistances(Math.max(8 * this.#capacity, regretWindowUses));
    this.#optimum = new WindowOptimum(this.#capacity, regretWindowUses);
    for (const [index, { name, make }] of policies.slice(0, shadowsMax).entries()) {
      const policy = make(this.#columns, this.#capacity);
      this.#shadows.push({ name, policy, bit: 2 << index, size: 0, hits: 0, failed: false });
    }
  }

  /** @param liveHit whether the live cache had the block. @param parentKey of the block before it, or null. */
  use(use: ShadowUse, parentKey: bigint | null, liveHit: boolean): void {
    const key = keyOf(use.keyHigh, use.keyLow);
    const handle = this.#handles.get(key) ?? this.#take(key);
    const parent = parentKey === null ? -1 : (this.#handles.get(parentKey) ?? -1);
    this.#columns.write(handle, use.keyHigh, use.keyLow, { ...use, parent });
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

  #take(key: bigint): number {
    const handle = this.#free.pop() ?? this.#members.length;
    this.#handles.set(key, handle);
    this.#keys[handle] = key;
    this.#members[handle] = 0;
    this.#optimum.forget(handle);
    return handle;
  }

  #leave(handle: number, bit: number): void {
    const before = this.#members[handle]!;
    if ((before & bit) === 0) return;
    this.#members[handle] = before & ~bit;
    if (this.#members[handle] !== 0) return;
    this.#handles.delete(this.#keys[handle]!);
    this.#free.push(handle);
  }
}

export function keyOf(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}
