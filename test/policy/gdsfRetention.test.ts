import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GdsfRetention } from '../../src/policy/gdsfRetention.js';
import type { PolicyColumns } from '../../src/policy/policyColumns.js';
import { emptyColumns } from './policyFixtures.js';
import { smallTrace } from './smallTrace.js';
import { type SlowPolicy, TableTwin, tableSteps } from './tableTwin.js';

interface Entry {
  readonly handle: number;
  readonly uses: number;
  readonly priority: number;
}

/** Sorts everything at every eviction; the least recently used stand first. */
function slowGdsf(columns: PolicyColumns): SlowPolicy {
  let entries: Entry[] = [];
  let inflation = 0;
  const drop = (handle: number) => {
    entries = entries.filter((entry) => entry.handle !== handle);
  };
  const use = (handle: number, uses: number) => {
    drop(handle);
    const worth = (columns.recomputeMs[handle]! || 1) / (columns.bytes[handle]! || 1);
    entries.push({ handle, uses, priority: inflation + uses * worth });
  };
  return {
    insert: (handle) => use(handle, 1),
    access: (handle) => use(handle, 1 + entries.find((entry) => entry.handle === handle)!.uses),
    remove: drop,
    evict: (count, isProtected) => {
      const sorted = entries.toSorted((a, b) => a.priority - b.priority);
      const victims = sorted.filter(({ handle }) => !isProtected(handle)).slice(0, count);
      if (victims.length < count) return undefined;
      for (const { handle, priority } of victims) {
        inflation = Math.max(inflation, priority);
        drop(handle);
      }
      return victims.map(({ handle }) => handle);
    },
    resize: () => {},
  };
}

const twin = (capacity: number) =>
  new TableTwin((columns) => new GdsfRetention(columns, capacity), slowGdsf, capacity);

describe('GDSF', () => {
  it('chooses as a sorted array does, with handles given anew, protected ones and other capacities', () => {
    fc.assert(
      fc.property(tableSteps, fc.integer({ min: 1, max: 40 }), (steps, capacity) => {
        const table = twin(capacity);
        table.run(steps);
        table.drain();
      }),
    );
  });

  it('chooses the same after the inflation started from zero again', () => {
    const table = twin(6);
    for (let round = 0; table.victims < 70_000; round += 1) {
      for (const block of smallTrace) table.run([{ kind: 'use', block: (block + round) % 50, guarded: [] }]);
    }
    table.drain();
  });

  it('keeps what is dear to compute for its bytes, until newcomers overtake it', () => {
    const columns = emptyColumns(8);
    columns.recomputeMs.set([10, 1, 1, 1, 1, 1, 1, 1]);
    columns.bytes.fill(4);
    const policy = new GdsfRetention(columns, 8);
    const order: number[] = [];
    for (const handle of [0, 1, 2]) policy.insert(handle);
    for (let turn = 0; turn < 20; turn += 1) {
      const eviction = policy.evict(1, () => false);
      if (eviction.kind === 'none') throw new Error('nothing may go');
      order.push(...eviction.handles);
      policy.insert(1 + (turn % 2));
    }
    // The inflation grows by 1/4 at every second victim: after 9 of those it has come to the dear one's 10/4.
    expect(order.indexOf(0)).toBe(18);
  });
});
