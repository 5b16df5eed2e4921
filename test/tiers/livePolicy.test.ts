import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FifoRetention } from '../../src/policy/fifoRetention.js';
import { LruRetention } from '../../src/policy/lruRetention.js';
import type { NamedPolicy } from '../../src/policy/namedPolicy.js';
import type { Eviction, RetentionPolicy } from '../../src/policy/policy.js';
import { LivePolicy, type PolicyFailure } from '../../src/tiers/livePolicy.js';
import { PageRecords } from '../../src/tiers/pageRecords.js';
import { blockColumnsOf } from '../../src/tiers/tierColumns.js';
import { testCosts } from './tierFixtures.js';

const lru: NamedPolicy<RetentionPolicy> = {
  name: 'lru',
  make: (_columns, capacity) => new LruRetention(capacity),
};
const fifo: NamedPolicy<RetentionPolicy> = {
  name: 'fifo',
  make: (_columns, capacity) => new FifoRetention(capacity),
};
const open = () => false;

function live(policy: NamedPolicy<RetentionPolicy>) {
  const failures: PolicyFailure[] = [];
  const columns = blockColumnsOf(new PageRecords({ from: 0, to: 1 }), 'disk', testCosts, () => null);
  const tested = new LivePolicy<RetentionPolicy>({
    columns,
    capacity: 1000,
    policy,
    last: lru,
    introduce: (one, handle) => one.insert(handle),
    failed: (failure) => failures.push(failure),
  });
  return { tested, failures };
}

/** Everything that is in, next victim first. */
function drain(policy: LivePolicy<RetentionPolicy>): number[] {
  const order: number[] = [];
  for (;;) {
    const eviction = policy.evict(1, open);
    if (eviction.kind === 'none') return order;
    order.push(...eviction.handles);
  }
}

type Step =
  | { readonly kind: 'use' | 'remove'; readonly handle: number }
  | { readonly kind: 'evict'; readonly guarded: number }
  | { readonly kind: 'switch'; readonly handles: number };

const handle = fc.nat(40);
const steps = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.record({ kind: fc.constant('use' as const), handle }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), handle }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('evict' as const), guarded: handle }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('switch' as const), handles: fc.nat(5) }) },
  ),
  { maxLength: 300, size: 'max' },
);

/** LRU by a plain array. */
function apply(step: Step, tested: LivePolicy<RetentionPolicy>, order: number[]): void {
  if (step.kind === 'switch') {
    tested.switchTo(lru);
    tested.continueSwitch(step.handles);
    return;
  }
  if (step.kind === 'evict') {
    const victim = order.find((one) => one !== step.guarded);
    const wanted: Eviction = victim === undefined ? { kind: 'none' } : { kind: 'victims', handles: [victim] };
    expect(tested.evict(1, (one) => one === step.guarded)).toEqual(wanted);
    if (victim !== undefined) order.splice(order.indexOf(victim), 1);
    return;
  }
  const at = order.indexOf(step.handle);
  expect(tested.has(step.handle)).toBe(at >= 0);
  if (at >= 0) order.splice(at, 1);
  if (step.kind === 'use') {
    order.push(step.handle);
    if (at >= 0) tested.access(step.handle);
    else tested.insert(step.handle);
  } else if (at >= 0) tested.remove(step.handle);
}

describe('a policy in use', () => {
  it('is replaced by one of its kind without a change in what goes, whatever happens meanwhile', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { tested, failures } = live(lru);
        const order: number[] = [];
        for (const step of all) apply(step, tested, order);
        tested.continueSwitch(100);
        expect(drain(tested)).toEqual(order);
        expect(failures).toEqual([]);
      }),
    );
  });

  it('gives the next one what is in, the longest unused first', () => {
    const { tested } = live(lru);
    for (const one of [1, 2, 3, 4]) tested.insert(one);
    tested.access(2);
    tested.switchTo(fifo);
    expect(tested.name).toBe('lru');
    expect(tested.continueSwitch(10)).toBe(true);
    expect(tested.name).toBe('fifo');
    tested.access(1);
    expect(drain(tested)).toEqual([1, 3, 4, 2]);
  });

  it('goes on until the next one knows all, however few it is given at a time', () => {
    const { tested } = live(fifo);
    for (let one = 0; one < 10; one += 1) tested.insert(one);
    tested.switchTo(lru);
    let rounds = 0;
    while (!tested.continueSwitch(3)) rounds += 1;
    expect(rounds).toBe(3);
    expect(tested.name).toBe('lru');
  });

  for (const method of ['insert', 'access', 'remove', 'evict', 'resize'] as const) {
    it(`that throws in ${method} leaves all that is in to the one before it, and says so`, () => {
      const { tested, failures } = live(fifo);
      for (const one of [5, 6, 7]) tested.insert(one);
      const policy: RetentionPolicy = new LruRetention(1000);
      tested.switchTo({ name: 'broken', make: () => policy });
      expect(tested.continueSwitch(10)).toBe(true);
      policy[method] = () => {
        throw new Error('a mistake');
      };
      const { call, left } = {
        insert: { call: () => tested.insert(8), left: [5, 6, 7, 8] },
        access: { call: () => tested.access(5), left: [6, 7, 5] },
        remove: { call: () => tested.remove(6), left: [5, 7] },
        evict: { call: () => tested.evict(1, open), left: [6, 7] },
        resize: { call: () => tested.resize(500), left: [5, 6, 7] },
      }[method];
      call();
      expect(tested.name).toBe('fifo');
      expect(failures).toMatchObject([{ policy: 'broken', next: 'fifo', error: { message: 'a mistake' } }]);
      expect(drain(tested)).toEqual(left);
    });
  }

  it('stays when the next one throws before it takes over', () => {
    const { tested, failures } = live(fifo);
    tested.insert(3);
    tested.switchTo({
      name: 'broken',
      make: () => ({
        ...lru.make({} as never, 0),
        insert: () => {
          throw new Error('a mistake');
        },
      }),
    });
    tested.continueSwitch(1);
    expect(tested.name).toBe('fifo');
    expect(failures).toMatchObject([{ policy: 'broken', next: 'fifo' }]);
    expect(drain(tested)).toEqual([3]);
  });
});
