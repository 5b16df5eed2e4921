import fc from 'fast-check';
import { expect } from 'vitest';
import type { RetentionPolicy } from '../../src/policy/policy.js';
import type { PolicyColumns } from '../../src/policy/policyColumns.js';
import { emptyColumns, writeKey } from './policyFixtures.js';
import { parentBlock, writeTreeBlock } from './treeBlocks.js';

/** A slow and obvious twin of a policy that chooses as it does, `evict` included. */
export interface SlowPolicy {
  insert(handle: number): void;
  access(handle: number): void;
  remove(handle: number): void;
  /** The victims in their order, or none where too few may go. */
  evict(count: number, isProtected: (handle: number) => boolean): readonly number[] | undefined;
  resize(capacity: number): void;
}

type TableStep =
  | { readonly kind: 'use'; readonly block: number; readonly guarded: readonly number[] }
  | { readonly kind: 'remove'; readonly block: number }
  | { readonly kind: 'evict'; readonly count: number; readonly guarded: readonly number[] }
  | { readonly kind: 'resize'; readonly capacity: number };

const capacityMax = 120;
const blocks = 400;

const block = fc.oneof(fc.nat({ max: 14 }), fc.nat({ max: blocks - 1 }));
const step: fc.Arbitrary<TableStep> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant('use' as const), block, guarded: fc.array(block) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), block }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('evict' as const),
      count: fc.nat({ max: 5 }),
      guarded: fc.array(block, { maxLength: 30 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('resize' as const), capacity: fc.integer({ min: 1, max: 20 }) }),
  },
);
export const tableSteps = fc.array(step, { maxLength: 400, size: 'max' });

/**
 * A table that gives its handles anew as blocks come and go, and tells a policy and its twin the same: they
 * must choose the same victims in the same order.
 */
export class TableTwin {
  readonly #columns = emptyColumns(capacityMax);
  readonly #policy: RetentionPolicy;
  readonly #slow: SlowPolicy;
  readonly #blockOf = new Map<number, number>();
  /** The handle that a block has or had last. */
  readonly #handleOf = new Map<number, number>();
  readonly #free = Array.from({ length: capacityMax }, (_, handle) => handle).reverse();
  #capacity: number;
  victims = 0;

  constructor(
    create: (columns: PolicyColumns, capacity: number) => RetentionPolicy,
    createSlow: (columns: PolicyColumns, capacity: number) => SlowPolicy,
    capacity: number,
  ) {
    this.#policy = create(this.#columns, capacity);
    this.#slow = createSlow(this.#columns, capacity);
    this.#capacity = capacity;
  }

  run(steps: Iterable<TableStep>): void {
    for (const step of steps) this.#run(step);
  }

  /** Takes everything out, one by one. */
  drain(): void {
    while (this.#blockOf.size > 0) this.#evict(1, []);
  }

  #run(step: TableStep): void {
    if (step.kind === 'use') this.#use(step.block, step.guarded);
    else if (step.kind === 'evict') this.#evict(step.count, step.guarded);
    else if (step.kind === 'remove') this.#remove(step.block);
    else {
      this.#policy.resize(step.capacity);
      this.#slow.resize(step.capacity);
      this.#capacity = step.capacity;
      this.#evict(Math.max(0, this.#blockOf.size - step.capacity), []);
    }
  }

  #use(block: number, guarded: readonly number[]): void {
    const isHeld = this.#isHeld(block);
    if (!isHeld && this.#blockOf.size === this.#capacity && !this.#evict(1, guarded)) return;
    const handle = isHeld ? this.#handleOf.get(block)! : this.#free.pop()!;
    this.#handleOf.set(block, handle);
    this.#blockOf.set(handle, block);
    writeKey(this.#columns, handle, block);
    writeTreeBlock(this.#columns, handle, block);
    this.#columns.parent[handle] = this.#handleOf.get(parentBlock(block)) ?? -1;
    for (const policy of [this.#policy, this.#slow]) {
      if (isHeld) policy.access(handle);
      else policy.insert(handle);
    }
  }

  #remove(block: number): void {
    if (!this.#isHeld(block)) return;
    const handle = this.#handleOf.get(block)!;
    this.#policy.remove(handle);
    this.#slow.remove(handle);
    this.#release(handle);
  }

  #evict(count: number, guarded: readonly number[]): boolean {
    const isProtected = (handle: number) => guarded.includes(this.#blockOf.get(handle)!);
    const expected = this.#slow.evict(count, isProtected);
    const eviction = this.#policy.evict(count, isProtected);
    expect(eviction).toEqual(expected ? { kind: 'victims', handles: expected } : { kind: 'none' });
    for (const victim of expected ?? []) this.#release(victim);
    this.victims += expected?.length ?? 0;
    return expected !== undefined;
  }

  #release(handle: number): void {
    this.#blockOf.delete(handle);
    this.#free.push(handle);
  }

  #isHeld(block: number): boolean {
    const handle = this.#handleOf.get(block);
    return handle !== undefined && this.#blockOf.get(handle) === block;
  }
}
