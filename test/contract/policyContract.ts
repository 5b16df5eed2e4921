import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RetentionPolicy } from '../../src/policy/policy.js';

type Operation =
  | { readonly kind: 'insert' | 'access' | 'remove'; readonly handle: number }
  | { readonly kind: 'evict'; readonly count: number; readonly guarded: readonly number[] };

/** A slow and obvious twin: victims in the order in which they would go. */
export interface PolicyReference {
  insert(handle: number): void;
  access(handle: number): void;
  remove(handle: number): void;
  /** Everything that is in, next victim first. */
  order(): readonly number[];
}

const handle = fc.integer({ min: 0, max: 600 });
const small = fc.integer({ min: 0, max: 9 });
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constantFrom('insert', 'access', 'remove'), handle: fc.oneof(small, handle) }),
  fc.record({
    kind: fc.constant('evict' as const),
    count: fc.integer({ min: 0, max: 4 }),
    guarded: fc.array(small),
  }),
);

/** What every policy must do, whatever it prefers, and that it prefers what its reference does. */
export function policyContract(
  name: string,
  create: () => RetentionPolicy,
  createReference: () => PolicyReference,
): void {
  describe(`policy contract: ${name}`, () => {
    it('chooses as its reference does, exactly as many as asked or none', () => {
      fc.assert(
        fc.property(fc.array(operation, { maxLength: 120 }), (operations) => {
          const policy = create();
          const reference = createReference();
          for (const step of operations) apply(step, policy, reference);
          expect(drain(policy)).toEqual(reference.order());
        }),
      );
    });

    it('changes nothing when too few may go', () => {
      const policy = create();
      for (const inserted of [4, 2, 7]) policy.insert(inserted);
      expect(policy.evict(4, () => false)).toEqual({ kind: 'none' });
      expect(policy.evict(2, (victim) => victim !== 2)).toEqual({ kind: 'none' });
      expect(drain(policy).toSorted()).toEqual([2, 4, 7]);
    });

    it('gives no victims for a count of zero', () => {
      const policy = create();
      policy.insert(1);
      expect(policy.evict(0, () => false)).toEqual({ kind: 'victims', handles: [] });
    });
  });
}

function apply(step: Operation, policy: RetentionPolicy, reference: PolicyReference): void {
  const order = reference.order();
  if (step.kind === 'evict') {
    const guarded = new Set(step.guarded);
    const allowed = order.filter((victim) => !guarded.has(victim));
    const eviction = policy.evict(step.count, (victim) => guarded.has(victim));
    if (allowed.length < step.count) {
      expect(eviction).toEqual({ kind: 'none' });
      return;
    }
    const handles = allowed.slice(0, step.count);
    expect(eviction).toEqual({ kind: 'victims', handles });
    for (const victim of handles) reference.remove(victim);
    return;
  }
  if (order.includes(step.handle) === (step.kind === 'insert')) return;
  policy[step.kind](step.handle);
  reference[step.kind](step.handle);
}

function drain(policy: RetentionPolicy): number[] {
  const order: number[] = [];
  for (;;) {
    const eviction = policy.evict(1, () => false);
    if (eviction.kind === 'none') return order;
    order.push(...eviction.handles);
  }
}
