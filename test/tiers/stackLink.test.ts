import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LinkDouble } from '../../src/device/linkDouble.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import type { VerifyMode } from '../../src/tiers/stackOptions.js';
import { notInMemory, onItsWay } from '../../src/tiers/tierStack.js';
import { newDisk, openStack, sealBlocks, slotBytesNow, statsOf } from './stackFixtures.js';
import { bytesOf } from './tierFixtures.js';

/** Six pages below a device that keeps fewer, and a link on which each takes 1 ms. */
async function openLinked(verify: VerifyMode = 'boundary') {
  const clock = new SimulatedClock();
  const after = (delayMs: number, fire: () => void) => void clock.setTimer(delayMs, fire);
  const link = new LinkDouble({ bytesPerSecond: 256_000, latencyUs: 0, clock, after });
  const under = await openStack({ device: 8, pinned: 6, disk: 100 }, newDisk(), { clock, link, verify });
  const handles = await sealBlocks(under, 6);
  await under.stack.flush();
  const cold = handles
    .map((handle, block) => ({ handle, block }))
    .filter(({ handle }) => {
      const found = under.stack.use(handle);
      if (found.kind === 'resident') under.stack.doneWith(found.slot);
      return found.kind === 'absent';
    });
  return { ...under, clock, cold };
}

/** The disk works in turns of the process, the link in simulated time. */
async function pumped<T>({ clock }: Pick<Opened, 'clock'>, work: Promise<T>): Promise<T> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  work.then(over, over);
  while (!isOver) {
    await setImmediate();
    await clock.advance(0.25);
  }
  return work;
}

type Opened = Awaited<ReturnType<typeof openLinked>>;

function sent({ stack }: Opened, { handle }: Opened['cold'][number]) {
  let tell: (slot: number) => void = () => {};
  const landed = new Promise<number>((resolve) => {
    tell = resolve;
  });
  return { answer: stack.loadNow(handle, (slot) => tell(slot)), landed };
}

describe('tier stack over a link that takes time', () => {
  it('tells that a page is on its way, and when it lies in its slot', async () => {
    const opened = await openLinked();
    const [page] = opened.cold;
    const startedMs = opened.clock.monotonicMs();
    const { answer, landed } = sent(opened, page!);
    expect(answer).toBe(onItsWay);
    const slot = await opened.clock.run(landed);
    expect(opened.clock.monotonicMs() - startedMs).toBeCloseTo(1, 6);
    expect(slotBytesNow(opened, slot)).toEqual(bytesOf(page!.block, 0));
    expect(statsOf(opened.stack, 'pinned').loadedPages).toBe(1);
    opened.stack.doneWith(slot);
    await pumped(opened, opened.stack.close());
  });

  it('brings no page at once to who cannot be told', async () => {
    const opened = await openLinked();
    expect(opened.stack.loadNow(opened.cold[0]!.handle)).toBe(notInMemory);
    const loaded = await pumped(opened, opened.stack.load(opened.cold[0]!.handle, { priority: 'load' }));
    expect(loaded).toMatchObject({ kind: 'hit', from: 'pinned' });
    if (loaded.kind === 'hit') opened.stack.doneWith(loaded.slot);
    await pumped(opened, opened.stack.close());
  });

  it('gives two who ask for one page the same slot', async () => {
    const opened = await openLinked();
    const { handle } = opened.cold[0]!;
    const first = sent(opened, opened.cold[0]!);
    const second = opened.stack.load(handle, { priority: 'load' });
    const [slot, loaded] = await pumped(opened, Promise.all([first.landed, second]));
    expect(loaded).toMatchObject({ kind: 'hit', slot });
    expect(statsOf(opened.stack, 'pinned').loadedPages).toBe(1);
    opened.stack.doneWith(slot);
    opened.stack.doneWith(slot);
    expect(() => opened.stack.doneWith(slot)).toThrow('not in use');
    await pumped(opened, opened.stack.close());
  });

  it('takes a page from disk whose copy in memory turns out to be wrong', async () => {
    const opened = await openLinked('always');
    const page = opened.cold[0]!;
    opened.pinnedSlab!.view(0, 6 * 4096).fill(1);
    const { answer, landed } = sent(opened, page);
    expect(answer).toBe(onItsWay);
    expect(await opened.clock.run(landed)).toBe(notInMemory);
    expect(statsOf(opened.stack, 'pinned').corrupt).toBe(1);
    const loaded = await pumped(opened, opened.stack.load(page.handle, { priority: 'load' }));
    expect(loaded).toMatchObject({ kind: 'hit', from: 'disk' });
    if (loaded.kind === 'hit') expect(slotBytesNow(opened, loaded.slot)).toEqual(bytesOf(page.block, 0));
    if (loaded.kind === 'hit') opened.stack.doneWith(loaded.slot);
    await pumped(opened, opened.stack.close());
  });
});
