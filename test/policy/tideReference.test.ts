import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TideRetention } from '../../src/policy/tideRetention.js';
import { emptyColumns, writeKey } from './policyFixtures.js';
import { TideReference } from './tideReference.js';
import { parentBlock, treeBlockDepth } from './treeBlocks.js';

const capacity = 24;
const blocks = 100;

const block = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: blocks - 1 }));
const use = fc.record({ kind: fc.constant('use' as const), block, isNext: fc.boolean() });
const path = fc.record({ kind: fc.constant('path' as const), block });
const remove = fc.record({ kind: fc.constant('remove' as const), block });
const evict = fc.record({
  kind: fc.constant('evict' as const),
  count: fc.integer({ min: 0, max: 4 }),
  guarded: fc.array(block, { maxLength: 20 }),
});
const resize = fc.record({ kind: fc.constant('resize' as const), capacity: fc.constantFrom(1, 24, 70_000) });
const step = fc.oneof(
  { weight: 20, arbitrary: path },
  { weight: 10, arbitrary: use },
  { weight: 2, arbitrary: evict },
  { weight: 1, arbitrary: remove },
  { weight: 1, arbitrary: resize },
);

/** Blocks of a tree under handles that are used again, of which both are told alike. */
class Twins {
  readonly #columns = emptyColumns(capacity);
  readonly #policy = new TideRetention(this.#columns, capacity);
  readonly #reference = new TideReference(this.#columns, capacity);
  readonly #handles = new Map<number, number>();
  readonly #free = Array.from({ length: capacity }, (_, handle) => handle);
  #request = 1;

  run(one: typeof step extends fc.Arbitrary<infer S> ? S : never): void {
    if (one.kind === 'path') this.#usePath(one.block);
    else if (one.kind === 'use') {
      if (one.isNext) this.#request += 1;
      this.#use(one.block);
    } else if (one.kind === 'evict') this.#evict(one.count, one.guarded);
    else if (one.kind === 'remove') this.#remove(one.block);
    else for (const twin of [this.#policy, this.#reference]) twin.resize(one.capacity);
    expect(this.#policy.ghostCount).toBe(this.#reference.ghostCount);
  }

  drain(): void {
    while (this.#handles.size > 0) this.#evict(1, []);
  }

  /** A prompt: all blocks from the root to this one. */
  #usePath(last: number): void {
    const path: number[] = [];
    for (let at = last; at >= 0; at = parentBlock(at)) path.unshift(at);
    this.#request += 1;
    for (const at of path) this.#use(at);
  }

  #use(at: number): void {
    const held = this.#handles.get(at);
    if (held === undefined && this.#free.length === 0) this.#evict(1, []);
    const handle = held ?? this.#free.pop()!;
    if (held === undefined) writeKey(this.#columns, handle, at);
    this.#handles.set(at, handle);
    this.#columns.depth[handle] = treeBlockDepth(at);
    this.#columns.parent[handle] = this.#handles.get(parentBlock(at)) ?? -1;
    this.#columns.request[handle] = this.#request;
    for (const twin of [this.#policy, this.#reference]) {
      if (held === undefined) twin.insert(handle);
      else twin.access(handle);
    }
  }

  #remove(at: number): void {
    const handle = this.#handles.get(at);
    if (handle === undefined) return;
    for (const twin of [this.#policy, this.#reference]) twin.remove(handle);
    this.#drop(handle);
  }

  #evict(count: number, guarded: readonly number[]): void {
    const guards = new Set(guarded.map((at) => this.#handles.get(at)));
    const eviction = this.#policy.evict(count, (handle) => guards.has(handle));
    expect(eviction).toEqual(this.#reference.evict(count, (handle) => guards.has(handle)));
    if (eviction.kind === 'victims') for (const handle of eviction.handles) this.#drop(handle);
  }

  #drop(handle: number): void {
    for (const [at, other] of this.#handles) if (other === handle) this.#handles.delete(at);
    this.#free.push(handle);
  }
}

describe('tide and its slow reference', () => {
  it('choose the same victims', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 300, size: 'max' }), (steps) => {
        const twins = new Twins();
        for (const one of steps) twins.run(one);
        twins.drain();
      }),
      { numRuns: 15 },
    );
  });
});
