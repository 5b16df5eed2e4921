import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lengthsToWeigh, weighedLengthsMax } from '../../src/transfer/lengthsToWeigh.js';
import { blocksWorthLoading } from '../../src/transfer/loadOrRecompute.js';
import { costsAt, costsOfAll, costsTogether, type StageCosts } from '../../src/transfer/prefixCosts.js';

const none = Number.POSITIVE_INFINITY;

/** A stage whose blocks take so much each to load. */
function stage(blocks: readonly number[], recomputeMsPerBlock = 5): StageCosts {
  const loadMs = [0];
  for (const ms of blocks) loadMs.push(loadMs.at(-1)! + ms);
  return { loadMs: Float64Array.from(loadMs), recomputeMsPerBlock };
}

const alone = (of: StageCosts) => blocksWorthLoading(costsOfAll(of));

/** What stages decide together: lengths go down, costs come up. */
function together(stages: readonly StageCosts[]): number {
  let lengths: number[] = [];
  for (const { loadMs } of stages) lengths = lengthsToWeigh(lengths, loadMs);
  const [last, ...before] = stages.toReversed();
  return blocksWorthLoading(before.reduce((later, of) => costsTogether(of, later), costsAt(last!, lengths)));
}

/** What a length costs in truth. */
function cost(stages: readonly StageCosts[], blocks: number): number {
  const recomputeMs = stages.reduce((sum, { recomputeMsPerBlock }) => sum + recomputeMsPerBlock, 0);
  const loadMs = Math.max(...stages.map((of) => of.loadMs[blocks]!));
  return loadMs + (stages[0]!.loadMs.length - 1 - blocks) * recomputeMs;
}

describe('what of a prefix is worth loading', () => {
  it('is what loads no slower than it is computed', () => {
    expect(alone(stage([5, 5, 5]))).toBe(3);
    expect(alone(stage([5.1, 5.1, 5.1]))).toBe(0);
    expect(alone(stage([0, 0, 5.1, 5.1]))).toBe(2);
  });

  it('takes a slow load for the blocks in memory behind it', () => {
    expect(alone(stage([0, 8, 0]))).toBe(3);
    expect(alone(stage([0, 12, 0]))).toBe(1);
  });

  it('never goes on from where one cannot', () => {
    const costs = { recomputeMsPerBlock: 5 };
    expect(alone({ ...costs, loadMs: Float64Array.of(0, none, 100) })).toBe(0);
    expect(alone({ ...costs, loadMs: Float64Array.of(0, none, 2) })).toBe(2);
    expect(blocksWorthLoading({ ...costs, lengths: [2, 3], loadMs: [none, none] })).toBe(0);
  });

  it('loads no stretch that would be computed sooner, and is the same when asked about its answer', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(12), { maxLength: 40 }), (blocks) => {
        const { loadMs, recomputeMsPerBlock } = stage(blocks);
        const taken = alone({ loadMs, recomputeMsPerBlock });
        for (let from = 0; from < taken; from += 1) {
          expect(loadMs[taken]! - loadMs[from]!).toBeLessThanOrEqual((taken - from) * recomputeMsPerBlock);
        }
        for (let to = taken + 1; to < loadMs.length; to += 1) {
          expect(loadMs[to]! - loadMs[taken]!).toBeGreaterThan((to - taken) * recomputeMsPerBlock);
        }
        expect(alone({ loadMs: loadMs.slice(0, taken + 1), recomputeMsPerBlock })).toBe(taken);
      }),
    );
  });
});

describe('what of a prefix is worth loading for stages together', () => {
  const prefix = fc.integer({ min: 0, max: 300 }).chain((blocks) =>
    fc.array(
      fc.record({
        loads: fc.array(fc.oneof(fc.constant(0), fc.nat(12)), { minLength: blocks, maxLength: blocks }),
        /** From these lengths the stage cannot go on. */
        missing: fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 30 }),
        recomputeMs: fc.integer({ min: 1, max: 8 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  );
  const stagesOf = prefix.map((all) =>
    all.map(({ loads, missing, recomputeMs }) => {
      const of = stage(loads, recomputeMs);
      for (const length of missing) if (length < of.loadMs.length - 1) of.loadMs[length] = none;
      return of;
    }),
  );

  it('counts what all compute: one whose own computing is cheap does not turn what lies on disk away', () => {
    const cheap = stage(new Array(1_024).fill(2), 1);
    const dear = stage(new Array(1_024).fill(0), 4);
    expect(alone(cheap)).toBe(0);
    expect(together([cheap, dear])).toBe(1_024);
    expect(together([dear, cheap])).toBe(1_024);
  });

  it('counts the slowest load once: stages load at the same time', () => {
    const slow = stage(new Array(10).fill(8), 5);
    expect(alone(slow)).toBe(0);
    expect(together([slow, slow])).toBe(10);
  });

  it('is where every stage can go on', () => {
    fc.assert(
      fc.property(stagesOf, (stages) => {
        expect(cost(stages, together(stages))).toBeLessThan(none);
      }),
    );
  });

  it('is for one stage as good as all lengths allow, where its loads change their rate a few times', () => {
    const stretches = fc.array(fc.record({ blocks: fc.integer({ min: 1, max: 60 }), ms: fc.nat(12) }), {
      maxLength: 7,
    });
    fc.assert(
      fc.property(stretches, (all) => {
        const one = stage(all.flatMap(({ blocks, ms }) => new Array<number>(blocks).fill(ms)));
        expect(cost([one], together([one]))).toBe(cost([one], alone(one)));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is the best of all lengths of up to 63 blocks, and of longer ones no worse than a thirty-second off', () => {
    fc.assert(
      fc.property(stagesOf, (stages) => {
        const whole = stages[0]!.loadMs.length - 1;
        // Without gaps the next shorter length that is weighed loads less.
        const sound = whole < 64 ? stages : stages.filter(({ loadMs }) => !loadMs.includes(none));
        fc.pre(sound.length > 0);
        const costs = Array.from({ length: whole + 1 }, (_, blocks) => cost(sound, blocks));
        const recomputeMs = sound.reduce((sum, { recomputeMsPerBlock }) => sum + recomputeMsPerBlock, 0);
        const spare = whole < 64 ? 0 : Math.ceil(whole / 32) * recomputeMs;
        expect(cost(sound, together(sound))).toBeLessThanOrEqual(Math.min(...costs) + spare);
      }),
    );
  });

  it('weighs at most so many lengths, ascending, from nothing to the whole', () => {
    fc.assert(
      fc.property(stagesOf, (stages) => {
        let lengths: number[] = [];
        for (const { loadMs } of stages) {
          lengths = lengthsToWeigh(lengths, loadMs);
          expect(lengths).toEqual([...new Set(lengths)].sort((a, b) => a - b));
          expect(lengths[0]).toBe(0);
          expect(lengths.at(-1)).toBe(loadMs.length - 1);
          expect(lengths.length).toBeLessThanOrEqual(weighedLengthsMax);
        }
      }),
    );
  });

  it('weighs the very length after which one stage begins to load', () => {
    const loads = Array.from({ length: 39_063 }, (_, block) => (block < 12_345 ? 0 : 9));
    const memory = stage(new Array(39_063).fill(0), 4);
    expect(together([memory, stage(loads, 4)])).toBe(12_345);
  });
});
