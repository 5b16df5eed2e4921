import { describe, expect, it } from 'vitest';
import { placementPolicies } from '../../src/policy/placementPolicies.js';
import { keyedColumns } from './policyFixtures.js';

describe('placement', () => {
  it('copies all at once by write-through, and nothing by write-back', () => {
    const through = placementPolicies['write-through']();
    const back = placementPolicies['write-back']();
    expect([through.sealed(1), through.used(1), back.sealed(1), back.used(1)]).toEqual([
      'now',
      'now',
      'leaving',
      'leaving',
    ]);
  });

  it('copies by selective what was used again, and what follows such blocks once it has seen that those come back', () => {
    const columns = keyedColumns(400);
    const policy = placementPolicies.selective(columns, 100);
    expect(policy.sealed(0)).toBe('leaving');
    expect(policy.used(0)).toBe('now');
    // Ten pairs behind the shared block: the first of each comes back, the one behind that does not.
    for (let pair = 1; pair <= 10; pair += 1) {
      const [shared, tail] = [10 * pair, 10 * pair + 1];
      columns.parent[shared] = 0;
      columns.parent[tail] = shared;
      expect(policy.sealed(shared)).toBe(pair === 1 ? 'leaving' : 'now');
      expect(policy.sealed(tail)).toBe('leaving');
      expect(policy.used(shared)).toBe('now');
    }
    // They stop coming back: after as many again it waits with them.
    const said = Array.from({ length: 15 }, (_, at) => {
      columns.parent[200 + at] = 0;
      return policy.sealed(200 + at);
    });
    expect([said[0], said.at(-1)]).toEqual(['now', 'leaving']);
  });

  it('takes a handle that means another block for that one', () => {
    const columns = keyedColumns(4);
    const policy = placementPolicies.selective(columns, 4);
    policy.sealed(0);
    policy.used(0);
    columns.parent[1] = 0;
    policy.sealed(1);
    policy.used(1);
    expect(policy.sealed(1)).toBe('now');
    policy.sealed(0); // another block, which nobody used again
    expect(policy.sealed(1)).toBe('leaving');
  });
});
