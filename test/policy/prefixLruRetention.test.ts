import { describe, expect, it } from 'vitest';
import { PrefixLruRetention } from '../../src/policy/prefixLruRetention.js';
import { emptyColumns } from './policyFixtures.js';

function chains() {
  const columns = emptyColumns(8);
  columns.parent.set([-1, 0, 1, -1, 3, 0]);
  columns.depth.set([0, 1, 2, 0, 1, 1]);
  const policy = new PrefixLruRetention(columns, 8);
  for (const handle of [0, 1, 2, 3, 4]) policy.insert(handle);
  return { columns, policy };
}

const victims = (handles: readonly number[]) => ({ kind: 'victims', handles });

describe('leaf-first LRU', () => {
  it('takes a prefix from its end, before what was used later', () => {
    const { policy } = chains();
    expect(policy.evict(5, () => false)).toEqual(victims([2, 1, 0, 4, 3]));
  });

  it('keeps a shared prefix while a branch is in', () => {
    const { policy } = chains();
    policy.insert(5);
    expect(policy.evict(4, (handle) => handle === 5)).toEqual(victims([2, 1, 4, 3]));
    expect(policy.evict(1, (handle) => handle === 5)).toEqual(victims([0]));
  });

  it('takes the deepest before protected leaves where no other may go', () => {
    const { policy } = chains();
    expect(policy.evict(2, (handle) => handle === 2 || handle === 4)).toEqual(victims([1, 0]));
  });

  it('takes the least recently used of equally deep blocks before protected leaves', () => {
    const { policy } = chains();
    policy.access(0);
    expect(policy.evict(1, (handle) => handle === 4 || handle === 2 || handle === 1)).toEqual(victims([3]));
  });

  it('does not take a handle that means something else now for the parent', () => {
    const { columns, policy } = chains();
    policy.remove(3);
    columns.parent[3] = -1;
    policy.insert(3);
    expect(policy.evict(5, () => false)).toEqual(victims([2, 1, 0, 4, 3]));
  });

  it('leaves the tree as it was when too few may go', () => {
    const { policy } = chains();
    expect(policy.evict(4, (handle) => handle === 0 || handle === 4)).toEqual({ kind: 'none' });
    expect(policy.evict(5, () => false)).toEqual(victims([2, 1, 0, 4, 3]));
  });
});
