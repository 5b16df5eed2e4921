import { describe, expect, it } from 'vitest';
import { Board } from '../../src/memory/board.js';
import type { PageRun } from '../../src/model/stepTypes.js';
import { BoardPages } from '../../src/worker/boardPages.js';

/** Two layers from layer 3 on: entries 0 to 4 and 5 to 6. */
function step(board: Board) {
  return {
    range: { from: 3, to: 5 },
    board,
    tails: Int32Array.of(20, 21),
    layerStarts: Int32Array.of(0, 5, 7),
    blocks: Int32Array.of(0, 1, 2, 3, 4, 0, 1),
  };
}

function takeAll(pages: BoardPages, layer: number, max: number): PageRun[] {
  const runs: PageRun[] = [];
  for (let run = pages.take(layer, max); run !== null; run = pages.take(layer, max)) {
    runs.push(run);
    pages.release(layer, run);
  }
  return runs;
}

describe('BoardPages', () => {
  it('hands out neighbouring slots together, whatever their order in the sequence', () => {
    const board = Board.create(7);
    [9, 4, 5, 8, 6].forEach((slot, entry) => {
      board.ready(entry, slot);
    });
    board.ready(5, 1);
    board.ready(6, 0);
    const pages = new BoardPages(step(board));
    expect(pages.tailSlot(4)).toBe(21);
    expect(takeAll(pages, 3, 8)).toEqual([
      { firstSlot: 4, blocks: [1, 2, 4] },
      { firstSlot: 8, blocks: [3, 0] },
    ]);
    expect(takeAll(pages, 4, 8)).toEqual([{ firstSlot: 0, blocks: [1, 0] }]);
    expect([0, 1, 2, 3, 4, 5, 6].map((entry) => board.state(entry))).toEqual(new Array(7).fill('consumed'));
  });

  it('cuts runs at the most that the kernel takes', () => {
    const board = Board.create(7);
    for (let entry = 0; entry < 7; entry += 1) board.ready(entry, entry);
    const runs = takeAll(new BoardPages(step(board)), 3, 2);
    expect(runs.map(({ blocks }) => blocks)).toEqual([[0, 1], [2, 3], [4]]);
  });

  it('gives a slot that is used twice in a step the right entry each time', () => {
    const board = Board.create(7);
    const pages = new BoardPages(step(board));
    for (let entry = 0; entry < 5; entry += 1) {
      board.ready(entry, 2);
      const run = pages.take(3, 8);
      expect(run).toEqual({ firstSlot: 2, blocks: [entry] });
      pages.release(3, run!);
      expect(board.state(entry)).toBe('consumed');
    }
    expect(pages.take(3, 8)).toBeNull();
  });

  it('gives up when the step is cancelled', () => {
    const board = Board.create(7);
    board.cancel();
    expect(() => new BoardPages(step(board)).take(3, 8)).toThrow('given up');
  });
});
