import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type WorkerId, workerId } from '../../src/core/plan.js';
import { nodesOf, ShardMap, type ShardSpan } from '../../src/core/shardMap.js';
import { KeptSpans } from '../../src/worker/keptSpans.js';
import { type ShardMove, shardMoves } from '../../src/worker/shardMoves.js';

const lead = workerId('lead');
const workers = ['a', 'b', 'c', 'd'].map(workerId);

const stage = fc.subarray(workers).map((some) => [lead, ...some]);
const blocksMax = 1_500;

/** Who has each block. */
function ownersOf(spans: readonly ShardSpan<WorkerId>[], blocks: number): WorkerId[] {
  const owners = new Array<WorkerId>(blocks).fill(lead);
  for (const { shard, first, end } of spans) owners.fill(shard, first, end);
  return owners;
}

it('names exactly the blocks that are with another worker than they belong to', () => {
  fc.assert(
    fc.property(stage, stage, fc.nat(blocksMax), fc.nat(blocksMax), (before, after, had, blocks) => {
      const kept = new ShardMap(before).givenAway(Math.min(had, blocks));
      const wanted = new ShardMap(before).reshaped(after, had).givenAway(blocks);
      const have = ownersOf(kept, blocks);
      const want = ownersOf(wanted, blocks);
      const moved = new Set<number>();
      for (const { from, to, first, end } of shardMoves(lead, kept, wanted)) {
        for (let block = first; block < end; block += 1) {
          expect(moved.has(block)).toBe(false);
          moved.add(block);
          expect([have[block], want[block]]).toEqual([from, to]);
        }
      }
      expect(moved.size).toBe(have.filter((owner, block) => owner !== want[block]).length);
    }),
    { numRuns: 200 },
  );
});

function move(kept: KeptSpans, one: ShardMove): void {
  if (one.to === lead) kept.takeBack(one);
  else kept.give(one, one.to);
}

it('leads to what is wanted one by one, wherever it was broken off before', () => {
  const changes = fc.array(fc.record({ stage, moves: fc.nat(60), blocks: fc.nat(blocksMax) }), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(changes, (some) => {
      const kept = new KeptSpans();
      let map = new ShardMap([lead]);
      const missing = (blocks: number) => shardMoves(lead, kept.within(blocks), map.givenAway(blocks));
      for (const { stage: shards, moves, blocks } of some) {
        kept.cut(blocks);
        map = map.reshaped(shards, blocks);
        for (const one of missing(blocks).slice(0, moves)) {
          move(kept, one);
          kept.spans.slice(1).forEach(({ first }, at) => {
            expect(first).toBeGreaterThanOrEqual(kept.spans[at]!.end);
          });
        }
      }
      const { blocks } = some.at(-1)!;
      for (const one of missing(blocks)) move(kept, one);
      expect(ownersOf(kept.spans, blocks)).toEqual(ownersOf(map.givenAway(blocks), blocks));
    }),
    { numRuns: 100 },
  );
});

it('lets a shard answer with at most 35 roots a layer while pieces move, up to 10 million tokens', () => {
  const longest = 39_063;
  const parts = fc.double({ min: 0, max: 1, noNaN: true });
  const changes = fc.record({ before: stage, after: stage, blocks: fc.integer({ min: 64, max: longest }) });
  let most = 0;
  fc.assert(
    fc.property(changes, fc.tuple(parts, parts), ({ before, after, blocks }, [ofLeaving, ofRest]) => {
      const map = new ShardMap(before);
      const kept = new KeptSpans();
      for (const { shard, ...span } of map.givenAway(blocks)) kept.give(span, shard);
      const moves = shardMoves(lead, kept.spans, map.reshaped(after, blocks).givenAway(blocks));
      const leaving = moves.filter(({ from }) => !after.includes(from));
      const rest = moves.filter(({ from }) => after.includes(from));
      const count = (some: readonly ShardMove[], part: number) => Math.floor(part * some.length);
      for (const one of leaving.slice(0, count(leaving, ofLeaving))) move(kept, one);
      if (ofLeaving === 1) for (const one of rest.slice(0, count(rest, ofRest))) move(kept, one);
      for (const worker of kept.keepers()) {
        most = Math.max(most, nodesOf(kept.spans.filter(({ shard }) => shard === worker)).length);
      }
      expect(most).toBeLessThanOrEqual(35);
    }),
    {
      numRuns: 200,
      examples: [[{ before: [lead, ...workers], after: [lead, workers[0]!], blocks: longest }, [1, 0.5]]],
    },
  );
});
