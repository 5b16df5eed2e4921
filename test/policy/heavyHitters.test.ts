import { describe, expect, it } from 'vitest';
import { HeavyHitters, observedStepsMin } from '../../src/policy/heavyHitters.js';

const blocksTo = (end: number) => Array.from({ length: end }, (_, block) => block);

/** Attends to all kept blocks for as long as nothing may go yet; what goes then. */
function observed(hitters: HeavyHitters, blocks: readonly number[], massOf: (block: number) => number) {
  let leaving: number[] = [];
  for (let step = 0; step < observedStepsMin; step += 1) {
    expect(leaving).toEqual([]);
    hitters.attended(blocks, blocks.map(massOf), true);
    leaving = hitters.takeLeaving();
  }
  return leaving.sort((a, b) => a - b);
}

describe('HeavyHitters', () => {
  it('keeps the newest and those with most attention, once it has seen enough', () => {
    const hitters = new HeavyHitters(0.4);
    const leaving = observed(hitters, blocksTo(10), (block) =>
      block === 3 || block === 5 ? 1 : 0.1 * block,
    );
    // Four stay: 8 and 9 as the newest, 3 and 5 for their attention.
    expect(leaving).toEqual([0, 1, 2, 4, 6, 7]);
    expect(hitters.takeLeaving()).toEqual([]);
  });

  it('counts what a prefill attended to, but lets nothing go in it', () => {
    const hitters = new HeavyHitters(0.5);
    hitters.attended(blocksTo(4), [50, 0, 0, 0], false);
    expect(hitters.takeLeaving()).toEqual([]);
    expect(observed(hitters, blocksTo(4), (block) => block)).toEqual([1, 2]);
  });

  it('lets one more go for new pages, never those that are gone', () => {
    const hitters = new HeavyHitters(0.5);
    const gone = new Set(observed(hitters, blocksTo(8), (block) => (block < 2 ? 1 : 0)));
    expect([...gone]).toEqual([2, 3, 4, 5]);
    for (let end = 9; end < 40; end += 1) {
      const kept = blocksTo(end).filter((block) => !gone.has(block));
      hitters.attended(
        kept,
        kept.map((block) => (block < 2 ? 1 : 0)),
        true,
      );
      for (const block of hitters.takeLeaving()) {
        expect(gone.has(block)).toBe(false);
        gone.add(block);
      }
      expect(end - gone.size).toBe(Math.floor(end / 2));
      expect(gone.has(0) || gone.has(1) || gone.has(end - 1)).toBe(false);
    }
  });
});
