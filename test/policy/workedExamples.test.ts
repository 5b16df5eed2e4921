import { expect, it } from 'vitest';
import type { RetentionFactory } from '../../src/policy/policy.js';
import { retentionPolicies } from '../../src/policy/retentionPolicies.js';
import { PolicyCache } from './policyFixtures.js';

/**
 * Runs the accesses of a table whose rows say block, what the access came to, and the victim, as in `D miss B`.
 * @returns the same table as it turned out
 */
function turnedOut(create: RetentionFactory, capacity: number, table: readonly string[]): string[] {
  const cache = new PolicyCache(create, capacity);
  return table.map((row) => {
    const access = cache.access(row.charCodeAt(0));
    const victims = access.kind === 'miss' ? access.victims.map((key) => String.fromCharCode(key)) : [];
    return [row.charAt(0), access.kind, ...victims].join(' ');
  });
}

it.each(['sieve', 's3fifo', 'arc'] as const)('%s chooses what was worked out by hand', (name) => {
  const { capacity, table } = worked[name];
  expect(turnedOut(retentionPolicies[name], capacity, table)).toEqual(table);
});

const worked = {
  sieve: {
    capacity: 3,
    table: [
      'A miss',
      'B miss',
      'C miss',
      'A hit',
      'D miss B',
      'E miss C',
      'D hit',
      'A hit',
      'F miss E',
      'B miss D',
      'G miss F',
      'B hit',
      'G hit',
      'A hit',
      'H miss B',
    ],
  },
  s3fifo: {
    capacity: 4,
    table: [
      'A miss',
      'B miss',
      'C miss',
      'D miss',
      'A hit',
      'A hit',
      'B hit',
      'E miss B',
      'B miss C',
      'A hit',
      'F miss D',
      'D miss E',
      'G miss F',
      'G hit',
      'G hit',
      'H miss B',
      'C miss H',
      'I miss C',
      'C miss I',
      'J miss D',
    ],
  },
  arc: {
    capacity: 3,
    table: [
      'A miss',
      'B miss',
      'C miss',
      'A hit',
      'D miss B',
      'E miss C',
      'C miss D',
      'F miss A',
      'A miss E',
      'D miss F',
      'C hit',
      'G miss A',
      'H miss D',
      'E miss G',
      'D miss H',
      'G miss E',
      'I miss C',
      'C miss D',
    ],
  },
} as const;
