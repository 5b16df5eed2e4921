import { describe, expect, it } from 'vitest';
import {
  type RetentionPolicyName,
  retentionPolicies,
  retentionPolicyNames,
} from '../../src/policy/retentionPolicies.js';
import { missCount } from './policyFixtures.js';
import { smallTrace } from './smallTrace.js';
import { treeWriter } from './treeBlocks.js';

describe('golden miss counts', () => {
  const sizes = [1, 4, 16, 64, 128, 256, 400, 500];
  const golden = {
    lru: [19617, 18577, 16249, 12639, 9630, 5495, 2149, 500],
    fifo: [19617, 18704, 16798, 13306, 10443, 6238, 2590, 500],
    lfu: [19617, 16652, 14546, 11088, 8443, 4846, 2046, 500],
    'lfu-history': [19617, 16392, 14156, 10487, 7799, 4441, 1894, 500],
    clock: [19617, 18466, 16050, 12479, 9400, 5355, 2112, 500],
    sieve: [19617, 16926, 14467, 10693, 8156, 4777, 1984, 500],
    s3fifo: [19617, 16454, 14134, 10910, 8452, 4958, 2006, 500],
    '2q': [19617, 17063, 14836, 11374, 8899, 5530, 2294, 500],
    arc: [19617, 16813, 14701, 11390, 8983, 5479, 2154, 500],
    wtinylfu: [19617, 16776, 14245, 10776, 8015, 4608, 1982, 500],
    'prefix-lru': [19617, 18511, 15975, 12097, 9005, 4961, 1974, 500],
    gdsf: [19617, 17258, 15570, 11940, 8880, 5194, 2097, 500],
    tide: [19617, 16533, 14226, 10649, 7969, 4517, 1972, 500],
  } as const satisfies Record<RetentionPolicyName, readonly number[]>;

  it.each(retentionPolicyNames)('%s on the small trace', (name) => {
    const counts = sizes.map((size) => missCount(retentionPolicies[name], smallTrace, size, treeWriter()));
    expect(counts).toEqual(golden[name]);
  });
});
