import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LiveLedger, type LiveSequence } from '../../src/coordinator/liveLedger.js';
import type { Member } from '../../src/coordinator/member.js';
import { stageRooms } from '../../src/coordinator/stageRoom.js';
import type { BlockKey } from '../../src/core/blockKey.js';
import { epoch, type SequenceId, sequenceId } from '../../src/core/plan.js';
import { ShardMap } from '../../src/core/shardMap.js';
import { chainOf, geometry } from './clusterParts.js';

const { blockTokens } = geometry;

/** Layers 0 and 2 are full, 1 and 3 see 32 tokens: three blocks of 16 at most. */
const windowBlocks = 3;

type Capacity = { readonly livePages: number; readonly tailPages: number } | null;

function member(stage: number, capacity: Capacity, also: Partial<Member> = {}): Member {
  return { layers: { from: 2 * stage, to: 2 * stage + 2 }, capacity, drainedSince: null, ...also } as Member;
}

/** Two stages of two layers, each with so many workers; a peer keeps as many pages as the lead holds. */
function rooms(workers: number, capacity: Capacity) {
  const peer = capacity && { ...capacity, livePages: capacity.livePages + capacity.tailPages };
  const stages = [0, 1].map((stage) =>
    Array.from({ length: workers }, (_, seat) => member(stage, seat === 0 ? capacity : peer)),
  );
  return stageRooms(stages, geometry);
}

const unbounded = { livePages: 1e9, tailPages: 1e9 };

const pagesAt = (ledger: LiveLedger, stage = 0) => {
  const found = ledger.stages()[stage];
  return found?.pages ?? -1;
};

describe('LiveLedger', () => {
  it('counts all blocks in full layers, the window in others, and shared blocks once', () => {
    const ledger = new LiveLedger(blockTokens);
    ledger.place(rooms(1, unbounded));
    const chain = chainOf(10);
    ledger.put(sequenceId('a'), { blocks: chain, blocksMax: 12 });
    expect(pagesAt(ledger)).toBe(12 + windowBlocks);
    // A fork that may grow by two blocks has those and its own windows.
    ledger.put(sequenceId('b'), { blocks: chain.slice(0, 8), blocksMax: 10 });
    expect(pagesAt(ledger)).toBe(12 + windowBlocks + 2 + windowBlocks);
    ledger.drop(sequenceId('a'));
    expect(pagesAt(ledger)).toBe(10 + windowBlocks);
    ledger.drop(sequenceId('b'));
    expect(pagesAt(ledger)).toBe(0);
  });

  it('adds up to what the sequences need, whatever came and went, on any number of workers', () => {
    const chains = ['0', 'a'].map((letter) => chainOf(90, letter));
    const sequence = fc
      .record({ chain: fc.constantFrom(...chains), sealed: fc.nat(90), more: fc.nat(8) })
      .map(
        ({ chain, sealed, more }): LiveSequence => ({
          blocks: chain.slice(0, sealed),
          blocksMax: sealed + more,
        }),
      );
    const change = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), sequence: fc.option(sequence) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), fc.constantFrom(1, 2, 3), (changes, workers) => {
        const ledger = new LiveLedger(blockTokens);
        ledger.place(rooms(1, unbounded));
        const live = new Map<string, LiveSequence>();
        changes.forEach(({ id, sequence: wanted }, at) => {
          if (wanted === null) live.delete(id);
          else live.set(id, wanted);
          if (wanted === null) ledger.drop(id as SequenceId);
          else {
            ledger.shortfall(id as SequenceId, wanted); // a question changes nothing
            ledger.put(id as SequenceId, wanted);
          }
          if (at === 10) ledger.place(rooms(workers, unbounded));
          const keys = new Set<BlockKey>([...live.values()].flatMap(({ blocks }) => blocks));
          let pages = keys.size;
          for (const { blocks, blocksMax } of live.values())
            pages += blocksMax - blocks.length + Math.min(blocksMax, windowBlocks);
          expect(pagesAt(ledger)).toBe(pages);
          expect(pagesAt(ledger, 1)).toBe(pages);
        });
      }),
    );
  });

  it('says which worker is short: the lead has all of a short sequence, and what peers have no room for', () => {
    const ledger = new LiveLedger(blockTokens);
    const short = { blocks: [], blocksMax: 20 };
    ledger.place(rooms(2, { livePages: 20 + windowBlocks - 1, tailPages: 100 }));
    expect(ledger.alone(short)).toMatchObject({ of: 'lead', neededPages: 23, budgetPages: 22 });
    ledger.place(rooms(2, { livePages: 20 + windowBlocks, tailPages: 100 }));
    expect(ledger.alone(short)).toBeNull();
    expect(ledger.alone({ blocks: [], blocksMax: 44 })).toMatchObject({ of: 'stage', budgetPages: 46 });
  });

  it('gives the lead what has not filled a piece', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 2, max: 4 }), (blocks, workers) => {
        const given = new ShardMap(Array.from({ length: workers }, (_, shard) => shard)).givenAway(blocks);
        const away = given.reduce((sum, { first, end }) => sum + end - first, 0);
        const lead = blocks - away + Math.min(blocks, windowBlocks);
        const peer = Math.max(
          ...Array.from({ length: workers - 1 }, (_, at) =>
            given
              .filter(({ shard }) => shard === at + 1)
              .reduce((sum, { first, end }) => sum + end - first, 0),
          ),
        );
        const enough = Math.max(lead, peer);
        const fits = (livePages: number) => {
          const ledger = new LiveLedger(blockTokens);
          ledger.place(rooms(workers, { livePages, tailPages: 100 }));
          return ledger.alone({ blocks: [], blocksMax: blocks }) === null;
        };
        expect(fits(enough)).toBe(true);
        // One page less each: the lead has to keep what the others cannot, and has no more room itself.
        if (lead >= peer) expect(fits(enough - 1)).toBe(false);
      }),
    );
  });

  it('counts growing pages on the device of the lead', () => {
    const ledger = new LiveLedger(blockTokens);
    ledger.place(rooms(1, { livePages: 1_000, tailPages: 5 }));
    const one = { blocks: [], blocksMax: 1 };
    ledger.put(sequenceId('a'), one);
    ledger.put(sequenceId('b'), one);
    expect(ledger.shortfall(sequenceId('b'), one)).toBeNull();
    expect(ledger.shortfall(sequenceId('c'), one)).toMatchObject({
      of: 'tails',
      neededPages: 6,
      budgetPages: 5,
    });
  });

  it('counts nothing of a drained worker, unless it leads', () => {
    const capacity = (livePages: number) => ({ livePages, tailPages: 10 });
    const drained = member(0, capacity(100), { drainedSince: epoch(2) });
    const [room] = stageRooms([[drained, member(0, capacity(200)), drained]], geometry);
    expect(room?.capacityPages).toEqual([200]);
    expect(room?.counts.shards).toBe(1);
    expect(stageRooms([[drained]], geometry)[0]?.capacityPages).toEqual([100]);
  });

  it('counts nothing of the device of a peer, where no pages of others go', () => {
    const capacity = { livePages: 100, tailPages: 30 };
    const [room] = stageRooms([[member(0, capacity), member(0, capacity)]], geometry);
    expect(room?.capacityPages).toEqual([100, 70]);
  });

  it('has no bound where a worker does not say what it holds', () => {
    const ledger = new LiveLedger(blockTokens);
    ledger.place(rooms(2, null));
    expect(ledger.alone({ blocks: [], blocksMax: 1_000_000 })).toBeNull();
  });
});
