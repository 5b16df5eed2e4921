import { describe, expect, it } from 'vitest';
import { pageHandle } from '../../src/tiers/pageHandle.js';
import { StepWeights } from '../../src/worker/stepWeights.js';
import { blockKeyOf } from '../tiers/tierFixtures.js';

function weights(areWanted: boolean) {
  const told: [number, number, number][] = [];
  const sink = {
    areWanted,
    weigh: (handle: number, share: number, tokens: number) => void told.push([handle, share, tokens]),
  };
  return { sink, told, weights: new StepWeights(sink) };
}

const page = (handle: number) => ({
  handle: pageHandle(handle),
  page: { block: blockKeyOf(handle), layer: 0 },
  block: handle,
});

describe('StepWeights', () => {
  it('measures nothing that nobody wants to know, and gives the memory back', () => {
    const { sink, weights: some } = weights(false);
    expect(some.sheetFor('decode', 8)).toBeNull();
    sink.areWanted = true;
    const sheet = some.sheetFor('decode', 8);
    expect(sheet?.entries).toBeGreaterThanOrEqual(8);
    expect(some.sheetFor('decode', 4)).toBe(sheet);
    expect(some.sheetFor('prefill', 4)).not.toBe(sheet);
    sink.areWanted = false;
    expect(some.sheetFor('decode', 8)).toBeNull();
  });

  it('tells of what was weighed with the tokens of its part, and of what was left out that it got nothing', () => {
    const { told, weights: some } = weights(true);
    some.sheetFor('decode', 3)!.put(1, 0.75);
    const sheet = some.sheetFor('decode', 3)!; // what an earlier job wrote is gone
    sheet.put(0, 0.5);
    sheet.put(2, 0.25);
    some.tell(sheet, {
      pages: [page(7), page(8), page(9)],
      partOf: Uint16Array.of(0, 0, 1),
      parts: [
        { tokens: 1, leftOut: [pageHandle(3)] },
        { tokens: 4, leftOut: [] },
      ],
    });
    expect(told).toEqual([
      [7, 0.5, 1],
      [9, 0.25, 4],
      [3, 0, 1],
    ]);
  });
});
