import { describe, expect, it } from 'vitest';
import { KvError } from '../../src/core/errors.js';
import { retentionPolicies } from '../../src/policy/retentionPolicies.js';
import { setPolicy } from '../../src/worker/setPolicyCall.js';

function stack() {
  const told: unknown[] = [];
  return {
    told,
    policies: () => [{ tier: 'disk' as const, kind: 'retention' as const, name: 'mine.ts', failures: 0 }],
    setPolicy: async (...given: unknown[]) => void told.push(given),
  };
}

const mine = { name: 'mine.ts', make: retentionPolicies.lru };

describe('SetPolicy', () => {
  it('loads a retention policy that is a file, and no other', async () => {
    const under = stack();
    const loaded: string[] = [];
    const load = async (given: string) => {
      loaded.push(given);
      return mine;
    };
    const answer = await setPolicy(under, { kind: 'retention', name: './mine.ts' }, load);
    expect(answer.policies).toMatchObject([{ name: 'mine.ts' }]);
    await setPolicy(under, { kind: 'retention', name: 'fifo' }, load);
    await setPolicy(under, { kind: 'residency', name: './mine.ts' }, load);
    expect(loaded).toEqual(['./mine.ts']);
    expect(under.told).toEqual([
      ['retention', mine],
      ['retention', 'fifo'],
      ['residency', './mine.ts'],
    ]);
  });

  it('changes nothing when the file is refused', async () => {
    const under = stack();
    const refuse = async () => {
      throw new KvError('unsupported', 'no');
    };
    await expect(setPolicy(under, { kind: 'retention', name: 'a.ts' }, refuse)).rejects.toThrow('no');
    await expect(setPolicy(under, { kind: 'colour', name: 'fifo' }, refuse)).rejects.toThrow(
      'no kind of policy',
    );
    expect(under.told).toEqual([]);
  });
});
