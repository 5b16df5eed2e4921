import { describe, expect, it } from 'vitest';
import { GdsfRetention } from '../../src/policy/gdsfRetention.js';
import { retentionPolicies } from '../../src/policy/retentionPolicies.js';
import { gdsfReference } from './gdsfReference.js';
import { emptyColumns, PolicyCache } from './policyFixtures.js';
import { smallTrace } from './smallTrace.js';
import { treeWriter } from './treeBlocks.js';

describe('GDSF', () => {
  it('chooses the same after the inflation started from zero again', () => {
    const capacity = 6;
    const cache = new PolicyCache(retentionPolicies.gdsf, capacity, treeWriter());
    const reference = gdsfReference();
    let victims = 0;
    while (victims < 70_000) {
      for (const [at, block] of smallTrace.entries()) {
        // All are worth the same and none stays popular: one that never goes would not show a lost priority.
        const key = 15 * ((block + at) % 13) + 1;
        const access = cache.access(key);
        if (access.kind === 'hit') reference.access(key);
        else {
          for (const victim of access.victims) expect(reference.evict(() => false)).toBe(victim);
          victims += access.victims.length;
          reference.insert(key);
        }
      }
    }
  });

  it('does not go back to a lower inflation when what was protected goes', () => {
    const columns = emptyColumns(8);
    columns.recomputeMs.set([1, 5, 8]);
    columns.bytes.fill(1);
    const policy = new GdsfRetention(columns, 8);
    for (const handle of [0, 1, 2]) policy.insert(handle);
    expect(policy.evict(1, (handle) => handle === 0)).toEqual({ kind: 'victims', handles: [1] });
    expect(policy.evict(1, () => false)).toEqual({ kind: 'victims', handles: [0] });
    // 5 of the first victim and 5 of its own are more than 8.
    policy.insert(1);
    expect(policy.evict(1, () => false)).toEqual({ kind: 'victims', handles: [2] });
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
