import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { PageView } from '../../src/core/pageView.js';
import type { StoredPage, StoreEnd, Tier } from '../../src/tiers/tier.js';
import { bytesOf, emptyView, storedPage } from '../tiers/tierFixtures.js';

export interface TierUnderTest {
  /** Has room for `tierContractPages` pages, and not for one more. */
  readonly tier: Tier;
  dispose(): Promise<void>;
}

export const tierContractPages = 4;

/** Stores page `block`, as a caller would. */
export async function storePage(tier: Tier, block: number): Promise<StoreEnd | string> {
  const start = tier.prepareStore(storedPage(block));
  if (start.kind !== 'ready') return start.kind;
  start.lease.write(bytesOf(block, 0));
  return tier.completeStore(start.lease, true);
}

/** What reading the page gives: its bytes where it is a hit. */
export async function readPage(tier: Tier, page: StoredPage) {
  const start = tier.prepareLoad(page);
  if (start.kind === 'miss') return start;
  const into = emptyView();
  const outcome = await start.lease.read(into);
  tier.completeLoad(start.lease);
  return outcome.kind === 'read' ? { kind: 'read', bytes: into } : outcome;
}

/**
 * What every tier must do. `make` gives an empty one.
 * @param bytesFor what a page comes back as, where the tier keeps less of it.
 */
export function tierContract(
  name: string,
  make: () => Promise<TierUnderTest>,
  bytesFor: (block: number) => PageView = (block) => bytesOf(block, 0),
): void {
  const read = (block: number) => ({ kind: 'read', bytes: bytesFor(block) });
  describe(`${name} as a tier`, () => {
    const made: TierUnderTest[] = [];
    const create = async (): Promise<Tier> => {
      const under = await make();
      made.push(under);
      return under.tier;
    };
    afterEach(async () => {
      for (const under of made.splice(0)) await under.dispose();
    });

    it('gives back what was stored', async () => {
      const tier = await create();
      for (const block of [1, 2]) expect(await storePage(tier, block)).toEqual({ kind: 'stored' });
      for (const block of [1, 2]) expect(await readPage(tier, storedPage(block))).toEqual(read(block));
      expect(tier.pages).toBe(2);
      expect(await storePage(tier, 1)).toBe('present');
      expect(await readPage(tier, storedPage(3))).toEqual({ kind: 'miss' });
    });

    it('shows no page before it is whole', async () => {
      const tier = await create();
      const page = storedPage(1);
      const start = tier.prepareStore(page);
      if (start.kind !== 'ready') throw new Error(start.kind);
      start.lease.write(bytesOf(1, 0));
      expect([tier.has(page), tier.pages]).toEqual([false, 0]);
      expect(tier.prepareLoad(page)).toEqual({ kind: 'miss' });
      expect(tier.prepareStore(page)).toEqual({ kind: 'present' });
      expect(await tier.remove(page)).toEqual({ kind: 'absent' });
      await tier.completeStore(start.lease, true);
      expect([tier.has(page), tier.pages]).toEqual([true, 1]);
    });

    it('leaves nothing of a store that did not succeed', async () => {
      const tier = await create();
      const start = tier.prepareStore(storedPage(1));
      if (start.kind !== 'ready') throw new Error(start.kind);
      start.lease.write(bytesOf(1, 0));
      expect(await tier.completeStore(start.lease, false)).toEqual({ kind: 'dropped' });
      expect([tier.has(storedPage(1)), tier.usedBytes]).toEqual([false, 0]);
      expect(await storePage(tier, 1)).toEqual({ kind: 'stored' });
    });

    it('is full at its budget, counting what is on its way, and has room again after a removal', async () => {
      const tier = await create();
      for (let block = 1; block < tierContractPages; block += 1) await storePage(tier, block);
      const last = tier.prepareStore(storedPage(tierContractPages));
      if (last.kind !== 'ready') throw new Error(last.kind);
      expect(tier.usedBytes).toBeLessThanOrEqual(tier.budgetBytes);
      expect(tier.prepareStore(storedPage(9))).toEqual({ kind: 'full' });
      last.lease.write(bytesOf(tierContractPages, 0));
      await tier.completeStore(last.lease, true);
      expect(await storePage(tier, 9)).toBe('full');
      expect(await tier.remove(storedPage(1))).toEqual({ kind: 'removed' });
      expect(await storePage(tier, 9)).toEqual({ kind: 'stored' });
      expect(await readPage(tier, storedPage(1))).toEqual({ kind: 'miss' });
    });

    it('keeps a page that is being read, whatever is asked', async () => {
      const tier = await create();
      await storePage(tier, 1);
      const first = tier.prepareLoad(storedPage(1));
      const second = tier.prepareLoad(storedPage(1));
      if (first.kind !== 'hit' || second.kind !== 'hit') throw new Error('the page is not there');
      tier.completeLoad(first.lease);
      expect(await tier.remove(storedPage(1))).toEqual({ kind: 'busy' });
      const into = emptyView();
      expect(await second.lease.read(into)).toMatchObject({ kind: 'read' });
      expect(into).toEqual(bytesFor(1));
      tier.completeLoad(second.lease);
      expect(await tier.remove(storedPage(1))).toEqual({ kind: 'removed' });
    });

    it('holds what a list of its pages would, within its budget, for any calls', async () => {
      const step = fc.record({ act: fc.constantFrom('store', 'drop', 'read', 'remove'), block: fc.nat(6) });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const under = await make();
          const { tier } = under;
          const held = new Set<number>();
          for (const { act, block } of steps) {
            await play(tier, held, act, block, read);
            expect(tier.pages).toBe(held.size);
            expect(tier.usedBytes).toBeLessThanOrEqual(tier.budgetBytes);
          }
          await under.dispose();
        }),
        { numRuns: 30 },
      );
    });
  });
}

async function play(
  tier: Tier,
  held: Set<number>,
  act: string,
  block: number,
  read: (block: number) => unknown,
): Promise<void> {
  const page = storedPage(block);
  const refusal = held.has(block) ? 'present' : held.size >= tierContractPages ? 'full' : null;
  if (act === 'store') {
    expect(await storePage(tier, block)).toEqual(refusal ?? { kind: 'stored' });
    if (refusal === null) held.add(block);
  } else if (act === 'drop') {
    const start = tier.prepareStore(page);
    expect(start.kind).toBe(refusal ?? 'ready');
    if (start.kind === 'ready') await tier.completeStore(start.lease, false);
  } else if (act === 'read') {
    expect(await readPage(tier, page)).toEqual(held.has(block) ? read(block) : { kind: 'miss' });
  } else {
    expect((await tier.remove(page)).kind).toBe(held.delete(block) ? 'removed' : 'absent');
  }
}
