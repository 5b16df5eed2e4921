import { describe, expect, it } from 'vitest';
import type { Geometry } from '../../src/core/geometry.js';
import { PagePlanes } from '../../src/device/pagePlanes.js';
import { Board } from '../../src/memory/board.js';
import { HeapSlab } from '../../src/memory/heapSlab.js';
import { ApproximateStep, KnownBounds } from '../../src/worker/approximateStep.js';
import { BoardPages } from '../../src/worker/boardPages.js';

const geometry: Geometry = {
  layers: [
    { kind: 'window', window: 16, rope: true },
    { kind: 'full', rope: false },
  ],
  kvHeads: 1,
  headDim: 2,
  dtype: 'f32',
  blockTokens: 16,
  layoutVersion: 1,
};
const range = { from: 0, to: 2 };
const pageCount = 10;
/** One query that looks along the first channel; a row alone is repeated. */
const queries = { values: Float32Array.of(1, 0, 1, 0), rows: 2, position: 160, tokens: 1, window: null };

/** Pages in slots 0 to 9 whose keys score as high as `heights` says. */
function known(heights: readonly number[]): KnownBounds {
  const planes = new PagePlanes(new HeapSlab(pageCount * 2 * 16 * 2 * 4), geometry);
  heights.forEach((height, slot) => {
    const k = planes.k(slot, 1);
    new Float32Array(k.buffer, k.byteOffset, 32).fill(height);
  });
  return new KnownBounds(geometry, range, planes);
}

function step(
  bounds: KnownBounds,
  share: number | null,
  board: Board,
): { pages: BoardPages; step: ApproximateStep } {
  const blocks = Int32Array.from({ length: pageCount }, (_, block) => block);
  const listed = { handles: blocks, stamps: new Float64Array(pageCount).fill(1) };
  const job = { leftOut: [[], []], bounded: { share, layers: [null, listed], sealed: [] }, wantsMass: false };
  const approximate = new ApproximateStep(job, bounds);
  const entries = Int32Array.of(0, 0, 0, pageCount);
  const turn = { isAlone: () => true, idle: <T>(event: Promise<T>) => event };
  const pages = new BoardPages({
    range,
    board,
    tails: Int32Array.of(0, 0),
    entries,
    blocks,
    turn,
    approximate,
  });
  return { step: approximate, pages };
}

async function readBlocks(pages: BoardPages): Promise<number[]> {
  const read: number[] = [];
  for (let run = await pages.take(1, 4); run !== null; run = await pages.take(1, 4)) {
    read.push(...run.blocks);
    pages.release(1, run);
  }
  return read.sort((a, b) => a - b);
}

function readyBoard(): Board {
  const board = Board.create(pageCount);
  for (let entry = 0; entry < pageCount; entry += 1) board.ready(entry, entry);
  return board;
}

const heights = [0, 1, 9, 2, 0, 8, 1, 1, 0, 1];

describe('a step that chooses pages by their key bounds', () => {
  it('reads every page until it has bounds, and then the share that may score highest, with the ends', async () => {
    const bounds = known(heights);
    const first = step(bounds, 0.4, readyBoard());
    expect(first.pages.leaveOut(1, queries)).toEqual([]);
    expect(await readBlocks(first.pages)).toEqual(Array.from({ length: pageCount }, (_, block) => block));

    const board = readyBoard();
    const second = step(bounds, 0.4, board);
    expect(second.pages.leaveOut(1, queries)).toEqual([
      { first: 1, end: 2 },
      { first: 3, end: 5 },
      { first: 6, end: 9 },
    ]);
    expect(await readBlocks(second.pages)).toEqual([0, 2, 5, 9]);
    expect(second.step.done(new Int32Array(2), 161).leftOutPages).toBe(6);
    // What was not read is given back all the same.
    expect(Array.from({ length: pageCount }, (_, entry) => board.state(entry))).toEqual(
      new Array(pageCount).fill('consumed'),
    );
  });

  it('asks for chosen pages that are not there, and waits for them alone', async () => {
    const bounds = known(heights);
    const first = step(bounds, 1, readyBoard());
    first.pages.leaveOut(1, queries);
    await readBlocks(first.pages);

    const board = Board.create(pageCount);
    board.ready(9, 9);
    board.ready(8, 8);
    const { pages } = step(bounds, 0.4, board);
    pages.leaveOut(1, queries);
    expect([0, 2, 5].map((entry) => board.state(entry))).toEqual(['wanted', 'wanted', 'wanted']);
    expect([8, 9, 3].map((entry) => board.state(entry))).toEqual(['consumed', 'ready', 'consumed']);
    for (const entry of [5, 0, 2]) board.ready(entry, entry);
    expect(await readBlocks(pages)).toEqual([0, 2, 5, 9]);
  });

  it('leaves nothing out with the whole share, in a prefill and in a window layer', async () => {
    const bounds = known(heights);
    for (const share of [1, null, null]) {
      const { pages } = step(bounds, share, readyBoard());
      expect(pages.leaveOut(1, queries)).toEqual([]);
      expect(await readBlocks(pages)).toHaveLength(pageCount);
    }
    const { pages } = step(bounds, 0.1, readyBoard());
    expect(pages.leaveOut(0, { ...queries, window: 16 })).toEqual([]);
  });

  it('tells the bounds of growing pages of full layers that have become whole, and of no others', () => {
    const bounds = known(heights);
    const { step: whole } = step(bounds, null, readyBoard());
    const { tailBounds } = whole.done(Int32Array.of(2, 5), 160);
    expect(tailBounds).toEqual([null, Float32Array.of(8, 8, 8, 8)]);
    expect(whole.done(Int32Array.of(2, 5), 159).tailBounds).toEqual([]);
  });
});
