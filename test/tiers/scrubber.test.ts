import { describe, expect, it } from 'vitest';
import { pageKey } from '../../src/core/pageId.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { SimulatedDisk } from '../../src/simulate/simulatedDisk.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { type PageHandle, pageHandle } from '../../src/tiers/pageHandle.js';
import { Scrubber } from '../../src/tiers/scrubber.js';
import { defaultScrubBounds, scrubDelayMs } from '../../src/tiers/scrubPace.js';
import { damageRecord } from './faultyDisk.js';
import { openStack, sealPage } from './stackFixtures.js';
import { blockKeyOf } from './tierFixtures.js';

const pageBytes = 1000;
const bounds = {
  ...defaultScrubBounds,
  bytesPerSecond: 10_000,
  startDelayMs: 0,
  emptyRoundDelayMs: 5000,
  passedOverMax: 3,
};

interface Scrubbed {
  readonly clock: SimulatedClock;
  readonly scrubber: Scrubber;
  /** The pages that were looked at, in order. */
  readonly seen: number[];
  readonly closed: () => boolean;
}

function scrub(
  pages: () => PageHandle[],
  bytesOf = (_: number) => pageBytes,
  isBusy = () => false,
): Scrubbed {
  const clock = new SimulatedClock();
  const seen: number[] = [];
  let isClosed = false;
  const checker = {
    check: async (page: PageHandle) => {
      seen.push(page);
      return bytesOf(page);
    },
    close: () => {
      isClosed = true;
    },
  };
  const scrubber = new Scrubber({ clock, bounds, pages, isBusy, checker });
  scrubber.start();
  return { clock, scrubber, seen, closed: () => isClosed };
}

const handles = (count: number): PageHandle[] => Array.from({ length: count }, (_, i) => pageHandle(i));

describe('the scrubber', () => {
  it('reads as many bytes a second as it may, round after round', async () => {
    const { clock, seen } = scrub(() => handles(4));
    await clock.advance(1000);
    expect(seen.length).toBeGreaterThanOrEqual(10);
    expect(seen.length).toBeLessThanOrEqual(11);
    expect(seen.slice(0, 9)).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 0]);
  });

  it('subtracts what a page took from its pause', () => {
    expect(scrubDelayMs({ kind: 'checked', bytes: 1000, tookMs: 0 }, bounds)).toBe(100);
    expect(scrubDelayMs({ kind: 'checked', bytes: 1000, tookMs: 60 }, bounds)).toBe(40);
    expect(scrubDelayMs({ kind: 'checked', bytes: 1000, tookMs: 600 }, bounds)).toBe(0);
  });

  it('waits while steps load, and goes on where it was', async () => {
    let isBusy = false;
    const { clock, seen } = scrub(
      () => handles(100),
      () => pageBytes,
      () => isBusy,
    );
    await clock.advance(250);
    expect(seen).toEqual([0, 1, 2]);
    isBusy = true;
    await clock.advance(1000);
    expect(seen).toEqual([0, 1, 2]);
    isBusy = false;
    await clock.advance(200);
    expect(seen.slice(0, 5)).toEqual([0, 1, 2, 3, 4]);
  });

  it('passes over what has no copy below, and rests when nothing has', async () => {
    let hasCopies = false;
    const { clock, seen } = scrub(
      () => handles(10),
      () => (hasCopies ? pageBytes : 0),
    );
    await clock.advance(4000);
    expect(seen).toHaveLength(10);
    hasCopies = true;
    await clock.advance(1100);
    expect(seen.length).toBeGreaterThan(10);
  });

  it('stops for good, after the page that it is at', async () => {
    const { clock, scrubber, seen, closed } = scrub(() => handles(4));
    await clock.advance(150);
    await scrubber.stop();
    const before = seen.length;
    await clock.advance(10_000);
    expect(seen).toHaveLength(before);
    expect(closed()).toBe(true);
  });
});

describe('a stack that scrubs', () => {
  const wideBounds = { bytesPerSecond: 1_000_000, startDelayMs: 0, emptyRoundDelayMs: 10 };

  it('finds what is damaged on disk, counts it, and writes it again from memory', async () => {
    const clock = new SimulatedClock();
    const disk = new SimulatedDisk(clock, new SimulatedRandom(1));
    const under = await openStack({ device: 8, pinned: 0, disk: 20 }, disk, { clock, scrub: wideBounds });
    for (const block of [1, 2, 3]) await sealPage(under, block, 0);
    await under.stack.flush();
    await damageRecord(disk, pageKey({ block: blockKeyOf(2), layer: 0 }), (payload, meta) => {
      payload[9]! ^= 1;
      return { payload, meta };
    });
    await clock.advance(100);
    const figures = under.stack.stats().find(({ tier }) => tier === 'disk');
    expect(figures).toMatchObject({ corrupt: 1, storedPages: 4 });
    expect(under.warnings.filter((line) => line.includes('corrupt'))).toHaveLength(1);
    expect(await under.stack.flush()).toEqual({ kind: 'flushed' });
    expect([...disk.scan()]).toHaveLength(3);
    await under.stack.close();
  });

  it('finds what is damaged in pinned memory', async () => {
    const clock = new SimulatedClock();
    const disk = new SimulatedDisk(clock, new SimulatedRandom(1));
    const under = await openStack({ device: 8, pinned: 4, disk: 20 }, disk, { clock, scrub: wideBounds });
    for (const block of [1, 2]) await sealPage(under, block, 0);
    await under.stack.flush();
    under.pinnedSlab!.view(3, 1)[0]! ^= 8;
    await clock.advance(100);
    const figures = under.stack.stats().find(({ tier }) => tier === 'pinned');
    expect(figures).toMatchObject({ corrupt: 1, pages: 1 });
    expect(under.stack.has({ block: blockKeyOf(1), layer: 0 })).toBe(true);
    await under.stack.close();
  });

  it('leaves a worker that starts alone', async () => {
    const clock = new SimulatedClock();
    const disk = new SimulatedDisk(clock, new SimulatedRandom(1));
    const under = await openStack({ device: 8, pinned: 0, disk: 20 }, disk, { clock, scrub: {} });
    await sealPage(under, 1, 0);
    await under.stack.flush();
    await damageRecord(disk, pageKey({ block: blockKeyOf(1), layer: 0 }), (payload, meta) => {
      payload[9]! ^= 1;
      return { payload, meta };
    });
    const corrupt = () => under.stack.stats().find(({ tier }) => tier === 'disk')?.corrupt;
    await clock.advance(defaultScrubBounds.startDelayMs - 1);
    expect(corrupt()).toBe(0);
    await clock.advance(1000);
    expect(corrupt()).toBe(1);
    await under.stack.close();
  });

  it('verifies nothing without being asked to', async () => {
    const clock = new SimulatedClock();
    const disk = new SimulatedDisk(clock, new SimulatedRandom(1));
    const under = await openStack({ device: 8, pinned: 0, disk: 20 }, disk, { clock });
    await sealPage(under, 1, 0);
    await under.stack.flush();
    expect(await clock.runUntilIdle()).toBe(0);
    await under.stack.close();
  });
});
