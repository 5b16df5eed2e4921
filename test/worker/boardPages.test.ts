import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { StallCause } from '../../src/core/stallCause.js';
import { freeTurn } from '../../src/device/kernelTurn.js';
import type { PageRun } from '../../src/device/pageSource.js';
import { Board } from '../../src/memory/board.js';
import { MassSheet } from '../../src/memory/massSheet.js';
import { BoardPages } from '../../src/worker/boardPages.js';

const alone = { ...freeTurn, isAlone: () => true };

/** Two layers from layer 3 on: entries 0 to 4 and 5 to 6. */
function step(board: Board) {
  return {
    range: { from: 3, to: 5 },
    board,
    tails: Int32Array.of(20, 21),
    entries: Int32Array.of(0, 5, 5, 7),
    blocks: Int32Array.of(0, 1, 2, 3, 4, 0, 1),
    turn: alone,
  };
}

async function takeAll(pages: BoardPages, layer: number, max: number): Promise<PageRun[]> {
  const runs: PageRun[] = [];
  for (let run = await pages.take(layer, max); run !== null; run = await pages.take(layer, max)) {
    runs.push(run);
    pages.release(layer, run);
  }
  return runs;
}

describe('BoardPages', () => {
  it('hands out neighbouring slots together, whatever their order in the sequence', async () => {
    const board = Board.create(7);
    [9, 4, 5, 8, 6].forEach((slot, entry) => {
      board.ready(entry, slot);
    });
    board.ready(5, 1);
    board.ready(6, 0);
    const pages = new BoardPages(step(board));
    expect(pages.tailSlot(4)).toBe(21);
    expect(await takeAll(pages, 3, 8)).toEqual([
      { firstSlot: 4, blocks: [1, 2, 4] },
      { firstSlot: 8, blocks: [3, 0] },
    ]);
    expect(await takeAll(pages, 4, 8)).toEqual([{ firstSlot: 0, blocks: [1, 0] }]);
    expect([0, 1, 2, 3, 4, 5, 6].map((entry) => board.state(entry))).toEqual(new Array(7).fill('consumed'));
  });

  it('cuts runs at the most that the kernel takes', async () => {
    const board = Board.create(7);
    for (let entry = 0; entry < 7; entry += 1) board.ready(entry, entry);
    const runs = await takeAll(new BoardPages(step(board)), 3, 2);
    expect(runs.map(({ blocks }) => blocks)).toEqual([[0, 1], [2, 3], [4]]);
  });

  it('gives a slot that is used twice in a step the right entry each time', async () => {
    const board = Board.create(7);
    const pages = new BoardPages(step(board));
    for (let entry = 0; entry < 5; entry += 1) {
      board.ready(entry, 2);
      const run = await pages.take(3, 8);
      expect(run).toEqual({ firstSlot: 2, blocks: [entry] });
      pages.release(3, run!);
      expect(board.state(entry)).toBe('consumed');
    }
    expect(await pages.take(3, 8)).toBeNull();
  });

  it('hands out a block that is ready out of turn, and not again', async () => {
    const board = Board.create(7);
    for (const entry of [0, 1, 3, 4]) board.ready(entry, 10 + entry);
    const pages = new BoardPages(step(board));
    expect(pages.takeReady(3, 2)).toBeNull();
    const run = pages.takeReady(3, 1);
    expect(run).toEqual({ firstSlot: 11, blocks: [1] });
    pages.release(3, run!);
    expect(board.state(1)).toBe('consumed');
    expect(pages.takeReady(3, 1)).toBeNull();
    board.ready(2, 12);
    const rest = (await takeAll(pages, 3, 8)).flatMap(({ blocks }) => blocks);
    expect(rest.toSorted()).toEqual([0, 2, 3, 4]);
  });

  it('writes down which share of the attention each page that was read got, for each token', async () => {
    const board = Board.create(7);
    for (const entry of [0, 1, 3]) board.ready(entry, 10 + entry);
    const sheet = MassSheet.create(9);
    sheet.reset();
    const pages = new BoardPages({ ...step(board), sheet: new MassSheet(sheet.memory) });
    const sink = pages.mass!.listening(() => {}, 1);
    sink(3, new Float32Array(0), 0, Float32Array.of(Math.log(3)), 0);
    sink(0, new Float32Array(0), 0, Float32Array.of(0), 0);
    pages.mass!.finish(3, Float32Array.of(Math.log(8)), 6);
    pages.weigh();
    const shares = Array.from({ length: 9 }, (_, entry) => sheet.shareOf(entry));
    expect(shares).toEqual([
      expect.closeTo(1 / 8),
      null,
      null,
      expect.closeTo(3 / 8),
      null,
      1,
      1,
      null,
      null,
    ]);
    expect(new BoardPages(step(board)).mass).toBeUndefined();
  });

  it('gives up when the step is cancelled', async () => {
    const board = Board.create(7);
    board.cancel();
    await expect(new BoardPages(step(board)).take(3, 8)).rejects.toThrow('given up');
  });

  it('hands out what was loaded before what stays, once that is worth a run', async () => {
    const board = Board.create(20);
    const pages = new BoardPages({
      range: { from: 0, to: 1 },
      board,
      tails: Int32Array.of(40),
      entries: Int32Array.of(0, 20),
      blocks: Int32Array.from({ length: 20 }, (_, block) => block),
      turn: alone,
    });
    for (let entry = 0; entry < 3; entry += 1) board.place(entry, entry);
    for (let entry = 3; entry < 10; entry += 1) board.place(entry, 20 + entry, 'link');
    expect(await pages.take(0, 1)).toEqual({ firstSlot: 0, blocks: [0] });
    board.place(10, 30, 'link');
    expect(await pages.take(0, 16)).toEqual({ firstSlot: 23, blocks: [3, 4, 5, 6, 7, 8, 9, 10] });
    expect(await pages.take(0, 16)).toEqual({ firstSlot: 1, blocks: [1, 2] });
    board.place(11, 31, 'disk');
    expect(await pages.take(0, 16)).toEqual({ firstSlot: 31, blocks: [11] });
  });

  it('counts a wait for what the page that ended it came from', async () => {
    const board = Board.create(7);
    const pages = new BoardPages(step(board));
    const thread = new Worker(
      `const { workerData } = require('node:worker_threads');
       const words = new Int32Array(workerData.memory);
       Atomics.wait(words, 0, 0, 20);
       Atomics.store(words, 3 + 2, workerData.code);
       Atomics.add(words, 1, 1);
       Atomics.notify(words, 1);`,
      { eval: true, workerData: { memory: board.memory, code: codeOf('disk', 6) } },
    );
    expect(await pages.take(3, 8)).toEqual({ firstSlot: 6, blocks: [2] });
    expect(pages.stalls.disk).toBeGreaterThan(0);
    expect(pages.stallMs).toBe(pages.stalls.disk);
    await thread.terminate();
  });
});

/** What a board says of an entry that is ready. */
function codeOf(cause: StallCause, slot: number): number {
  const board = Board.create(1);
  board.place(0, slot, cause);
  return new Int32Array(board.memory).at(-1)!;
}
