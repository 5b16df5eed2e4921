import { describe, expect, it } from 'vitest';
import type { DurableState } from '../../src/coordinator/durableState.js';
import { Membership } from '../../src/coordinator/membership.js';
import { workerId } from '../../src/core/plan.js';
import { emptyState, joinRequest, type Wishes } from './clusterParts.js';

const told = { pinsVersion: 0, shardsEpoch: 0, keptPages: 0, openSequences: 0 };
const options = { stages: 2, workersPerStage: 1, leaseMs: 3_000, loadLeaseMs: 60_000 };

function cluster(restored: DurableState = emptyState) {
  const membership = new Membership(options, restored);
  let ids = 0;
  const join = (address: string, wishes: Wishes = {}) => {
    ids += 1;
    return membership.join(joinRequest(address, wishes), workerId(`w${ids}`), 0).member;
  };
  return { membership, join };
}

describe('the place of a worker that joins', () => {
  it('refuses the id of a worker that lives elsewhere', () => {
    const { membership, join } = cluster();
    const { worker } = join('h:1', { worker: 'alice' });
    membership.beat(worker, told, 0);
    expect(() => join('h:2', { worker: 'alice' })).toThrow('in the cluster already, at h:1');
  });

  it('replaces a worker that was started again before it had loaded', () => {
    const { membership, join } = cluster();
    const first = join('h:1', { worker: 'alice', stage: 1 });
    const second = join('h:2', { worker: 'alice', stage: 1 });
    expect(second).toMatchObject({ stage: 1, address: 'h:2' });
    expect(membership.members()).toHaveLength(1);
    expect(() => membership.loaded(first.worker, first.since, [], 0)).toThrow('has registered again');
  });

  it('gives nobody who wishes for another stage a place that its worker may come back to', () => {
    const assignments = [{ stage: 0, worker: workerId('a') }];
    const { join } = cluster({ ...emptyState, assignments });
    join('h:1', { stage: 1 });
    expect(() => join('h:2', { stage: 1 })).toThrow('those of stage 0 may come back; give --stage 0');
    expect(join('h:3', { worker: 'a', stage: 1 }).stage).toBe(0);
  });

  it('gives a place that a worker may come back to to one that wishes for it, or for none', () => {
    const assignments = [{ stage: 0, worker: workerId('a') }];
    const restored = { ...emptyState, assignments };
    expect(cluster(restored).join('h:1', { stage: 0 }).stage).toBe(0);
    const { join } = cluster(restored);
    expect([join('h:1').stage, join('h:2').stage]).toEqual([1, 0]);
  });
});
