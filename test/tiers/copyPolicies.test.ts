import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TierName } from '../../src/core/tierName.js';
import { type AdmissionPolicyName, admissionPolicyNames } from '../../src/policy/admissionPolicies.js';
import { type PlacementPolicyName, placementPolicyNames } from '../../src/policy/placementPolicies.js';
import type { PageHandle } from '../../src/tiers/pageHandle.js';
import { stagingSlots } from '../../src/tiers/stagingSlots.js';
import {
  fetchPage,
  newDisk,
  openStack,
  type StackSizes,
  type StackUnderTest,
  sealPage,
  slotBytesNow,
} from './stackFixtures.js';
import { blockKeyOf, bytesOf } from './tierFixtures.js';

const layers = [0, 1, 2];
const pairs = admissionPolicyNames.flatMap((admission) =>
  placementPolicyNames.map((placement) => [admission, placement] as const),
);

interface Given {
  readonly admission?: AdmissionPolicyName;
  readonly placement?: PlacementPolicyName;
}

const open = (sizes: StackSizes, given: Given, disk = newDisk()) => openStack(sizes, disk, given);

const has = ({ stack }: StackUnderTest, block: number): boolean =>
  layers.every((layer) => stack.has({ block: blockKeyOf(block), layer }));

function stored({ stack }: StackUnderTest, of: TierName): number {
  return stack.stats().find(({ tier }) => tier === of)!.storedPages;
}

/** A request computes the blocks and holds their pages; how many pages until a tier is full. */
async function compute(under: StackUnderTest, blocks: readonly number[]): Promise<PageHandle[]> {
  const request = under.stack.request('decode');
  const handles: PageHandle[] = [];
  for (const block of blocks) {
    for (const layer of layers) {
      const sealed = await sealPage(under, block, layer, request);
      if (sealed.kind === 'full') return handles;
      handles.push(sealed.handle);
    }
  }
  return handles;
}

function letGo({ stack }: StackUnderTest, handles: readonly PageHandle[]): void {
  for (const handle of handles) stack.letGo(handle);
}

/** Another request finds the block and lets it go. */
function use({ stack }: StackUnderTest, block: number): void {
  const request = stack.request('decode');
  for (const layer of layers) {
    const held = stack.hold({ block: blockKeyOf(block), layer }, request);
    expect(held.kind).toBe('held');
    if (held.kind === 'held') stack.letGo(held.handle);
  }
}

const from0 = (blocks: number): number[] => Array.from({ length: blocks }, (_, block) => block);

/** Slots of which so many are left for the pages of so many blocks. */
function deviceFor(blocks: number): number {
  const wanted = layers.length * blocks;
  let slots = wanted;
  while (slots - stagingSlots(slots, layers.length) < wanted) slots += 1;
  return slots;
}

describe('copies below the device', () => {
  it('are made at once where nothing is said', async () => {
    const under = await open({ device: deviceFor(4), pinned: 12, disk: 12 }, {});
    await compute(under, from0(4));
    expect(stored(under, 'pinned')).toBe(12);
    await under.stack.flush();
    expect(stored(under, 'disk')).toBe(12);
    await under.stack.close();
  });

  it('are not made by write-back before a page leaves the device, and not on disk before it leaves memory', async () => {
    const under = await open({ device: deviceFor(4), pinned: 12, disk: 60 }, { placement: 'write-back' });
    letGo(under, await compute(under, from0(4)));
    expect([stored(under, 'pinned'), stored(under, 'disk')]).toEqual([0, 0]);
    letGo(under, await compute(under, [4, 5, 6, 7]));
    expect([stored(under, 'pinned'), stored(under, 'disk')]).toEqual([12, 0]);
    letGo(under, await compute(under, [8, 9]));
    expect(stored(under, 'disk')).toBeGreaterThan(0);
    for (const block of from0(10)) expect(has(under, block), `block ${block}`).toBe(true);
    await under.stack.close();
  });

  it('are made by write-back for pages that go down without pinned memory', async () => {
    const under = await open({ device: deviceFor(3), pinned: 0, disk: 60 }, { placement: 'write-back' });
    for (const block of from0(9)) letGo(under, await compute(under, [block]));
    for (const block of from0(9)) expect(has(under, block), `block ${block}`).toBe(true);
    expect(stored(under, 'disk')).toBeLessThan(27);
    await under.stack.close();
  });

  it('are made by second touch for what a second request asks for, and else not', async () => {
    const under = await open({ device: deviceFor(4), pinned: 12, disk: 60 }, { admission: 'second-touch' });
    letGo(under, await compute(under, from0(4)));
    use(under, 2);
    while (stored(under, 'disk') < 3) await new Promise(setImmediate);
    letGo(under, await compute(under, [4, 5, 6]));
    expect([stored(under, 'pinned'), stored(under, 'disk')]).toEqual([0, 3]);
    expect(from0(7).filter((block) => has(under, block))).toEqual([2, 4, 5, 6]);
    await under.stack.close();
  });

  it('are made by selective placement at once for what was used again', async () => {
    const under = await open({ device: deviceFor(4), pinned: 12, disk: 60 }, { placement: 'selective' });
    letGo(under, await compute(under, from0(4)));
    expect([stored(under, 'pinned'), stored(under, 'disk')]).toEqual([0, 0]);
    use(under, 1);
    while (stored(under, 'disk') < 3) await new Promise(setImmediate);
    expect(stored(under, 'disk')).toBe(3);
    await under.stack.close();
  });

  it('that were put off are made by a flush, and those that were refused', async () => {
    for (const given of [{ placement: 'write-back' }, { admission: 'second-touch' }] as const) {
      const under = await open({ device: deviceFor(4), pinned: 12, disk: 60 }, given);
      await compute(under, from0(4));
      expect(await under.stack.flush()).toEqual({ kind: 'flushed' });
      expect(stored(under, 'disk')).toBe(12);
      await under.stack.close();
    }
  });

  it('that were put off are on disk once the worker has ended, and refused ones are not', async () => {
    for (const [given, found] of [
      [{ placement: 'write-back' }, 4],
      [{ admission: 'second-touch' }, 0],
    ] as const) {
      const disk = newDisk();
      const under = await open({ device: deviceFor(4), pinned: 6, disk: 60 }, given, disk);
      letGo(under, await compute(under, from0(4)));
      await under.stack.close();
      const next = await open({ device: deviceFor(4), pinned: 6, disk: 60 }, {}, disk);
      expect(from0(4).filter((block) => has(next, block))).toHaveLength(found);
      await next.stack.close();
    }
  });

  it('follow a policy that is changed while the worker runs', async () => {
    const under = await open({ device: deviceFor(6), pinned: 30, disk: 60 }, {});
    await compute(under, [0]);
    await under.stack.setPolicy('placement', 'write-back');
    await compute(under, [1]);
    expect(stored(under, 'pinned')).toBe(3);
    await under.stack.setPolicy('placement', 'write-through');
    await under.stack.setPolicy('admission', 'second-touch');
    await compute(under, [2]);
    expect(stored(under, 'pinned')).toBe(3);
    await under.stack.setPolicy('admission', 'always');
    await compute(under, [3]);
    expect(stored(under, 'pinned')).toBe(6);
    const named = under.stack.policies().map(({ tier, kind, name }) => `${tier} ${kind} ${name}`);
    expect(named).toEqual([
      'device residency fixed',
      'pinned retention lru',
      'disk retention lru',
      'pinned admission always',
      'disk admission always',
      'device placement write-through',
    ]);
    await expect(under.stack.setPolicy('admission', 'tinylfo')).rejects.toThrow(/is no admission policy/);
    await under.stack.close();
  });

  it.each(pairs)(
    'leave as much room for what is held, with admission %s and placement %s',
    async (admission, placement) => {
      const sizes = fc.record({
        device: fc.integer({ min: 7, max: 12 }),
        pinned: fc.constantFrom(0, 1, 3, 8, 20),
        disk: fc.constantFrom(0, 1, 4, 12, 40),
      });
      await fc.assert(
        fc.asyncProperty(sizes, async (room) => {
          const before = await open(room, {});
          const { length: most } = await compute(before, from0(30));
          await before.stack.close();
          const under = await open(room, { admission, placement });
          const handles = await compute(under, from0(30));
          expect(handles.length).toBeGreaterThanOrEqual(most);
          for (const [at, handle] of handles.entries()) {
            const loaded = await fetchPage(under.stack, handle);
            if (loaded.kind !== 'hit') throw new Error(`page ${at}: ${loaded.kind}`);
            const page = bytesOf(Math.floor(at / layers.length), at % layers.length);
            expect(slotBytesNow(under, loaded.slot)).toEqual(page);
            under.stack.doneWith(loaded.slot);
          }
          letGo(under, handles);
          await under.stack.close();
        }),
        { numRuns: 10 },
      );
    },
  );
});
