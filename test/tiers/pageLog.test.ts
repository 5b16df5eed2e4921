import { expect, it } from 'vitest';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { SimulatedDisk } from '../../src/simulate/simulatedDisk.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { PageLog } from '../../src/tiers/pageLog.js';
import { openStack, putPage } from './stackFixtures.js';
import { blockKeyOf, bytesOf, storedPage } from './tierFixtures.js';

it('a page log holds the newest events, with their times, by layer', async () => {
  const clock = new SimulatedClock();
  const log = new PageLog(3, clock);
  const startMs = clock.nowMs();
  const first = storedPage(1);
  const second = { ...first, id: { ...first.id, layer: first.id.layer + 1 } };
  log.note(first, 'sealed on the device');
  log.note(first, 'stored on disk');
  await clock.advance(40);
  log.note(second, 'found on disk');
  log.note(first, 'loaded from disk');
  expect(log.ofBlock(blockKeyOf(1))).toEqual(
    new Map([
      [
        first.id.layer,
        [
          { atMs: startMs, text: 'stored on disk' },
          { atMs: startMs + 40, text: 'loaded from disk' },
        ],
      ],
      [second.id.layer, [{ atMs: startMs + 40, text: 'found on disk' }]],
    ]),
  );
  expect(log.ofBlock(blockKeyOf(2))).toEqual(new Map());
});

it('a stack explains pages that it has, and why it has others no more', async () => {
  const disk = new SimulatedDisk(new SimulatedClock(), new SimulatedRandom(7));
  const { stack } = await openStack({ device: 8, pinned: 1, disk: 3 }, disk);
  for (let block = 0; block < 9; block += 1) {
    const view = bytesOf(block, 0);
    await putPage(stack, { block: blockKeyOf(block), layer: 0 }, block, view);
  }
  await stack.flush();
  const gone = [0, 1, 2, 3, 4, 5, 6, 7, 8].map(blockKeyOf).filter((block) => !stack.has({ block, layer: 0 }));
  expect(gone.length).toBeGreaterThan(0);
  for (const block of gone) {
    const [page] = stack.explain(block);
    expect(page).toMatchObject({ layer: 0, tiers: [], live: false });
    const texts = page?.events.map(({ text }) => text);
    expect(texts).toContain('given from outside');
    expect(texts?.at(-1)).toMatch(/^dropped from .* to make room$/);
  }
  expect(stack.explain(blockKeyOf(8))[0]?.tiers.length).toBeGreaterThan(0);
  expect(stack.explain(blockKeyOf(99))).toEqual([]);
  await stack.close();
});
