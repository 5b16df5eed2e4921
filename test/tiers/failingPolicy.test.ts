import { describe, expect, it } from 'vitest';
import { guardedRetention } from '../../src/policy/guardedRetention.js';
import { LruRetention } from '../../src/policy/lruRetention.js';
import type { Eviction, RetentionPolicy } from '../../src/policy/policy.js';
import { expectPage, newDisk, openStack, sealBlocks } from './stackFixtures.js';

/** Ours, but for what it evicts. */
class Misguided extends LruRetention {
  readonly #evict: (count: number) => Eviction;

  constructor(capacity: number, evict: (count: number) => Eviction) {
    super(capacity);
    this.#evict = evict;
  }

  override evict(count: number): Eviction {
    return this.#evict(count);
  }
}

const mistakes: Record<string, { readonly evict: (count: number) => Eviction; readonly said: string }> = {
  throws: {
    evict: () => {
      throw new Error('a mistake');
    },
    said: 'evict(1) threw: a mistake',
  },
  'gives too few': { evict: () => ({ kind: 'victims', handles: [] }), said: 'evict(1) gave 0 victims' },
  'gives what is not in': {
    evict: () => ({ kind: 'victims', handles: [900] }),
    said: 'evict(1) gave handle 900, which is not in',
  },
};

describe('a retention policy of a user', () => {
  for (const [how, { evict, said }] of Object.entries(mistakes)) {
    it(`that ${how} leaves its place to lru, and no page is lost`, async () => {
      const make = guardedRetention(
        './mine.ts',
        (_columns, capacity): RetentionPolicy => new Misguided(capacity, evict),
      );
      const retention = { name: './mine.ts', make };
      const under = await openStack({ device: 8, pinned: 2, disk: 20 }, newDisk(), { retention });
      const handles = await sealBlocks(under, 10);
      await under.stack.flush();
      const pinned = under.stack.policies().find(({ tier }) => tier === 'pinned');
      expect(pinned).toEqual({ tier: 'pinned', kind: 'retention', name: 'lru', failures: 1 });
      expect(under.warnings).toEqual([
        `the policy ./mine.ts of the pinned tier failed and lru goes on: policy ./mine.ts: ${said}`,
      ]);
      for (const [block, handle] of handles.entries()) await expectPage(under, handle, block);
      for (const handle of handles) under.stack.letGo(handle);
      await under.stack.close();
    });
  }
});
