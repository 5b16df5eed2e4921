import type { RetentionFactory, RetentionPolicy } from '../../src/policy/policy.js';
import type { PolicyColumns } from '../../src/policy/policyColumns.js';

/** Columns of handles 0 to `size` - 1, of which nothing is known but that each is a block of 16 tokens. */
export function emptyColumns(size: number): PolicyColumns {
  return {
    keyLow: new Uint32Array(size),
    keyHigh: new Uint32Array(size),
    parent: new Int32Array(size).fill(-1),
    depth: new Int32Array(size),
    layer: new Int16Array(size).fill(-1),
    request: new Uint32Array(size),
    kind: new Uint8Array(size),
    requestTokens: new Uint32Array(size),
    time: new Float64Array(size),
    tokens: new Uint32Array(size).fill(16),
    bytes: new Uint32Array(size).fill(4096),
    loadMs: new Float32Array(size),
    recomputeMs: new Float32Array(size).fill(1),
    mass: new Float32Array(size).fill(-1),
  };
}

/** Makes the handle mean the block `key`, a whole number below 2 ** 32. */
export function writeKey(columns: PolicyColumns, handle: number, key: number): void {
  columns.keyLow[handle] = Math.imul(key, 0x9e3779b1);
  columns.keyHigh[handle] = key;
}

/** Columns in which handle h means the block h for good. */
export function keyedColumns(size: number): PolicyColumns {
  const columns = emptyColumns(size);
  for (let handle = 0; handle < size; handle += 1) writeKey(columns, handle, handle);
  return columns;
}

/** Writes what a request says of a block, after its key, request and time stand. */
export type WriteBlock = (columns: PolicyColumns, handle: number, key: number) => void;

/** What an access came to; `victims` are keys. */
export type Access =
  | { readonly kind: 'hit' }
  | { readonly kind: 'miss'; readonly victims: readonly number[] };

/**
 * A cache of `capacity` blocks that starts empty, takes every block in and evicts one when it is full. Handles
 * are reused, the last that became free first. Every access is a request of its own, and one ms later.
 */
export class PolicyCache {
  readonly columns: PolicyColumns;
  readonly policy: RetentionPolicy;
  readonly #write: WriteBlock;
  readonly #handleOf = new Map<number, number>();
  readonly #free: number[];
  #accesses = 0;

  constructor(create: RetentionFactory, capacity: number, write: WriteBlock = () => {}) {
    this.columns = emptyColumns(capacity);
    this.policy = create(this.columns, capacity);
    this.#write = write;
    this.#free = Array.from({ length: capacity }, (_, handle) => capacity - 1 - handle);
  }

  access(key: number): Access {
    const held = this.#handleOf.get(key);
    if (held !== undefined) {
      this.#describe(held, key);
      this.policy.access(held);
      return { kind: 'hit' };
    }
    const victims = this.#free.length === 0 ? this.#evictOne() : [];
    const handle = this.#free.pop();
    if (handle === undefined) throw new Error('the policy made no room');
    this.#handleOf.set(key, handle);
    writeKey(this.columns, handle, key);
    this.#describe(handle, key);
    this.policy.insert(handle);
    return { kind: 'miss', victims };
  }

  #evictOne(): number[] {
    const eviction = this.policy.evict(1, () => false);
    if (eviction.kind === 'none') return [];
    return eviction.handles.map((handle) => {
      const key = this.columns.keyHigh[handle]!;
      if (this.#handleOf.get(key) !== handle) throw new Error(`handle ${handle} was evicted and is not in`);
      this.#handleOf.delete(key);
      this.#free.push(handle);
      return key;
    });
  }

  #describe(handle: number, key: number): void {
    this.#accesses += 1;
    this.columns.request[handle] = this.#accesses;
    this.columns.time[handle] = this.#accesses;
    this.#write(this.columns, handle, key);
  }
}

/** Misses of a trace of keys in a cache of `capacity` blocks that starts empty. */
export function missCount(
  create: RetentionFactory,
  trace: Iterable<number>,
  capacity: number,
  write?: WriteBlock,
): number {
  const cache = new PolicyCache(create, capacity, write);
  let misses = 0;
  for (const key of trace) if (cache.access(key).kind === 'miss') misses += 1;
  return misses;
}
