import { describe, expect, it } from 'vitest';
import { retentionPolicies, retentionPolicyNames } from '../../src/policy/retentionPolicies.js';
import { policyContract } from '../contract/policyContract.js';
import { emptyColumns, missCount } from './policyFixtures.js';
import { queueReference } from './queueReference.js';
import { smallTrace } from './smallTrace.js';
import { treeWriter } from './treeBlocks.js';

policyContract(
  'lru retention',
  () => retentionPolicies.lru(emptyColumns(0), 100),
  () => queueReference(true),
);
policyContract(
  'fifo retention',
  () => retentionPolicies.fifo(emptyColumns(0), 100),
  () => queueReference(false),
);

describe('golden miss counts', () => {
  const sizes = [1, 4, 16, 64, 128, 256, 400, 500];
  const golden = {
    lru: [19617, 18577, 16249, 12639, 9630, 5495, 2149, 500],
    fifo: [19617, 18704, 16798, 13306, 10443, 6238, 2590, 500],
    wtinylfu: [19617, 16776, 14245, 10776, 8015, 4608, 1982, 500],
    'prefix-lru': [19617, 18511, 15975, 12097, 9005, 4961, 1974, 500],
    gdsf: [19617, 17258, 15570, 11940, 8880, 5194, 2097, 500],
  } as const satisfies Record<string, readonly number[]>;

  it.each(retentionPolicyNames)('%s on the small trace', (name) => {
    const counts = sizes.map((size) => missCount(retentionPolicies[name], smallTrace, size, treeWriter()));
    expect(counts).toEqual(golden[name]);
  });
});
