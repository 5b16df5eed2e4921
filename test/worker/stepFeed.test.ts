import { describe, expect, it } from 'vitest';
import { LocalBoard } from '../../src/simulate/localBoard.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { SimulatedDisk } from '../../src/simulate/simulatedDisk.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { StepFeed } from '../../src/worker/stepFeed.js';
import type { StepPage } from '../../src/worker/stepPage.js';
import { openStack, type StackUnderTest, sealPage } from '../tiers/stackFixtures.js';
import { blockKeyOf } from '../tiers/tierFixtures.js';

const pages = 12;

/** Pages of one layer, most of which only lie in pinned memory. */
async function sealedPages(under: StackUnderTest): Promise<StepPage[]> {
  const sealed: StepPage[] = [];
  for (let block = 0; block < pages; block += 1) {
    const page = await sealPage(under, block, 0);
    if (page.kind === 'full') throw new Error(`no room for page ${block}`);
    sealed.push({ handle: page.handle, page: { block: blockKeyOf(block), layer: 0 }, block });
  }
  return sealed;
}

/** All are chosen from but the last that is absent, which is read as a page of a later layer would be. */
async function start(isChosenFrom: boolean) {
  const disk = new SimulatedDisk(new SimulatedClock(), new SimulatedRandom(1));
  const under = await openStack({ device: 8, pinned: 2 * pages, disk: 0 }, disk);
  const listed = await sealedPages(under);
  const board = LocalBoard.create(pages);
  const choices = isChosenFrom ? new Uint8Array(pages).fill(1) : null;
  const feed = new StepFeed({
    stack: under.stack,
    board,
    pages: listed,
    partOf: new Uint16Array(pages),
    clock: new SimulatedClock(),
    pageBytes: 256,
    memoryCause: 'pinned',
    ahead: { cameFrom: () => null },
    choices,
  });
  feed.pinResident();
  const resident = listed.flatMap((_, entry) => (board.state(entry) === 'ready' ? [entry] : []));
  const absent = listed.flatMap((_, entry) => (board.state(entry) === 'pending' ? [entry] : []));
  expect(resident.length).toBeGreaterThan(0);
  expect(absent.length).toBeGreaterThan(4);
  if (choices !== null) choices[absent.at(-1)!] = 0;
  const ended = feed.run();
  await turns();
  return { board, feed, ended, resident, absent };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

describe('StepFeed', () => {
  it('brings of pages that are chosen only those that are wanted, and none behind one that is not chosen yet', async () => {
    const { board, feed, ended, resident, absent } = await start(true);
    const last = absent.at(-1)!;
    expect(absent.map((entry) => board.state(entry))).toEqual(absent.map(() => 'pending'));

    const [first, second, third, ...others] = absent.slice(0, -1);
    for (const entry of [...resident, second!]) board.choose(entry, false);
    board.choose(first!, true);
    board.chose();
    await turns();
    expect(board.state(first!)).toBe('ready');
    expect(board.state(last)).toBe('pending');

    board.choose(third!, true);
    for (const entry of others) board.choose(entry, false);
    board.chose();
    await turns();
    expect(board.state(third!)).toBe('ready');
    expect(board.state(last)).toBe('ready');
    for (const entry of [first!, third!, last]) board.consume(entry);
    await ended;
    expect(feed.traceOf(0).pages).toEqual({ device: 0, pinned: 3, disk: 0 });
    // The next step may choose others: only what is always read may be brought ahead of it.
    expect(feed.absent(pages)).toHaveLength(1);
    feed.release();
  });

  it('brings all pages where none is chosen from', async () => {
    const { board, feed, ended, absent } = await start(false);
    while (absent.some((entry) => board.state(entry) !== 'consumed')) {
      for (const entry of absent) if (board.state(entry) === 'ready') board.consume(entry);
      await turns();
    }
    await ended;
    expect(feed.traceOf(0).pages.pinned).toBe(absent.length);
    feed.release();
  });
});
