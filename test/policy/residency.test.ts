import { describe, expect, it } from 'vitest';
import { FixedResidency } from '../../src/policy/fixedResidency.js';
import { LruResidency } from '../../src/policy/lruResidency.js';
import { residencyPolicies, type residencyPolicyNames } from '../../src/policy/residencyPolicies.js';
import { type PolicyReference, policyContract } from '../contract/policyContract.js';
import { emptyColumns } from './policyFixtures.js';
import { orderedReference, queueReference } from './queueReference.js';

/** Newest first, as long as all pages are needed. */
function newestFirst(): PolicyReference {
  const kept: number[] = [];
  return orderedReference(() => kept, {
    insert: (key) => void kept.unshift(key),
    access: () => {},
    remove: (key) => void kept.splice(kept.indexOf(key), 1),
  });
}

policyContract('fixed residency', () => new FixedResidency(), newestFirst);
policyContract(
  'lru residency',
  () => new LruResidency(),
  () => queueReference(true),
);

function hits(name: (typeof residencyPolicyNames)[number], pages: number, slots: number, rounds: number) {
  const policy = residencyPolicies[name](emptyColumns(pages), slots);
  const resident = new Set<number>();
  let found = 0;
  for (let access = 0; access < pages * rounds; access += 1) {
    const page = access % pages;
    if (resident.has(page)) {
      found += 1;
      policy.access(page);
      continue;
    }
    if (policy.admit(page, slots - resident.size, () => false) === 'stream') continue;
    if (resident.size === slots) {
      const eviction = policy.evict(1, () => false);
      if (eviction.kind === 'none') continue;
      for (const victim of eviction.handles) resident.delete(victim);
    }
    resident.add(page);
    policy.insert(page);
  }
  return found;
}

describe('residency under a cyclic scan', () => {
  it('fixed hits what it kept in every round, lru nothing', () => {
    expect(hits('fixed', 100, 40, 10)).toBe(9 * 40);
    expect(hits('lru', 100, 40, 10)).toBe(0);
    expect(hits('mass', 100, 40, 10)).toBe(9 * 40);
  });
});

describe('fixed residency', () => {
  it('gives up pages that nobody needs before any other, the longest unneeded first', () => {
    const policy = new FixedResidency();
    for (const page of [0, 1, 2, 3]) policy.insert(page);
    policy.setNeeded(2, false);
    policy.setNeeded(0, false);
    expect(policy.evict(3, () => false)).toEqual({ kind: 'victims', handles: [2, 0, 3] });
  });

  it('admits into free slots or in place of a page that nobody needs, and streams otherwise', () => {
    const policy = new FixedResidency();
    const free = () => false;
    policy.insert(0);
    expect(policy.admit(1, 1, free)).toBe('admit');
    expect(policy.admit(1, 0, free)).toBe('stream');
    policy.setNeeded(0, false);
    expect(policy.admit(1, 0, free)).toBe('admit');
    expect(policy.admit(1, 0, () => true)).toBe('stream');
    policy.setNeeded(0, true);
    expect(policy.admit(1, 0, free)).toBe('stream');
  });
});
