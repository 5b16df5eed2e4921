import { describe, expect, it } from 'vitest';
import { DelayThread } from '../../src/device/delayThread.js';
import { LinkDouble } from '../../src/device/linkDouble.js';
import { systemClock } from '../../src/observe/systemClock.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { copyLink } from '../../src/transfer/copyLink.js';
import { carried, linkContract, pageOf } from '../contract/linkContract.js';

const run = <T>(work: Promise<T>): Promise<T> => work;

linkContract('the copy', () => ({ link: copyLink, run }));
linkContract('the double over a thread that sleeps', () => {
  const delays = new DelayThread();
  const after = (delayMs: number, fire: () => void) => delays.after(delayMs, fire);
  return { link: new LinkDouble({ bytesPerSecond: 1e9, latencyUs: 100, clock: systemClock, after }), run };
});
linkContract('the double in simulated time', () => {
  const { link, clock } = simulatedDouble(1e9, 100);
  return { link, run: (work) => clock.run(work) };
});

function simulatedDouble(bytesPerSecond: number, latencyUs: number) {
  const clock = new SimulatedClock();
  const after = (delayMs: number, fire: () => void) => void clock.setTimer(delayMs, fire);
  return { clock, link: new LinkDouble({ bytesPerSecond, latencyUs, clock, after }) };
}

describe('LinkDouble', () => {
  const bytes = 2 * 4096;

  it('lands a page after latency and bytes by bandwidth', async () => {
    const { clock, link } = simulatedDouble(bytes * 1000, 250);
    const startedMs = clock.monotonicMs();
    await clock.run(carried(link, pageOf(1), pageOf(0)));
    expect(clock.monotonicMs() - startedMs).toBeCloseTo(1.25, 6);
  });

  it('has one page after the other on the link, and their latencies beside each other', async () => {
    const { clock, link } = simulatedDouble(bytes * 1000, 250);
    const startedMs = clock.monotonicMs();
    const landedMs: number[] = [];
    const all = [1, 2, 3].map((page) =>
      carried(link, pageOf(page), pageOf(0)).then(() => landedMs.push(clock.monotonicMs() - startedMs)),
    );
    await clock.run(Promise.all(all));
    expect(landedMs.map((ms) => Math.round(ms * 1e6) / 1e6)).toEqual([1.25, 2.25, 3.25]);
    expect(link.figures).toMatchObject({ name: 'double', latencyUs: 250, crossedBytes: 3 * bytes });
  });

  it('leaves the page alone until it lands, and takes no time while it lies idle', async () => {
    const { clock, link } = simulatedDouble(bytes * 1000, 0);
    await clock.run(new Promise<void>((wake) => void clock.setTimer(50, wake)));
    const startedMs = clock.monotonicMs();
    const to = pageOf(0);
    const landed = carried(link, pageOf(1), to);
    await clock.run(new Promise<void>((wake) => void clock.setTimer(0.9, wake)));
    expect(to).toEqual(pageOf(0));
    await clock.run(landed);
    expect(to).toEqual(pageOf(1));
    expect(clock.monotonicMs() - startedMs).toBeCloseTo(1, 6);
  });
});
