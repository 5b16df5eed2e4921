import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { SimulatedDisk } from '../../src/simulate/simulatedDisk.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { defaultDiskWatermarks, watermarkPages } from '../../src/tiers/diskWatermarks.js';
import { openStack, type StackUnderTest, sealPage } from './stackFixtures.js';

const pagesOnDisk = ({ stack }: StackUnderTest): number =>
  stack.stats().find(({ tier }) => tier === 'disk')?.pages ?? -1;

async function sealAndLetGo(under: StackUnderTest, block: number): Promise<void> {
  const sealed = await sealPage(under, block, 0);
  if (sealed.kind === 'full') throw new Error('the stack is full');
  await under.stack.flush();
  under.stack.letGo(sealed.handle);
  await under.stack.flush();
}

const newDisk = (): SimulatedDisk => new SimulatedDisk(new SimulatedClock(), new SimulatedRandom(1));

describe('the watermarks of the disk', () => {
  it('use a small disk whole, and leave room on a large one', () => {
    expect(watermarkPages(defaultDiskWatermarks, 12)).toEqual({ high: 12, low: 12 });
    expect(watermarkPages(defaultDiskWatermarks, 1000)).toEqual({ high: 980, low: 950 });
    expect(watermarkPages({ highShare: 0.5, lowShare: 0.9 }, 100)).toEqual({ high: 50, low: 50 });
  });

  it('drop pages above the high one, before anybody waits for room, down to the low one', async () => {
    const watermarks = { highShare: 0.8, lowShare: 0.5 };
    const under = await openStack({ device: 8, pinned: 0, disk: 20 }, newDisk(), { watermarks });
    const seen: number[] = [];
    for (let block = 1; block <= 40; block += 1) {
      await sealAndLetGo(under, block);
      seen.push(pagesOnDisk(under));
    }
    expect(seen.slice(0, 16)).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
    expect(Math.max(...seen)).toBe(16);
    expect(Math.min(...seen.slice(16))).toBe(10);
    await under.stack.close();
  });

  it('drop nothing that a sequence holds', async () => {
    const watermarks = { highShare: 0.5, lowShare: 0.1 };
    const under = await openStack({ device: 30, pinned: 0, disk: 20 }, newDisk(), { watermarks });
    for (let block = 1; block <= 15; block += 1) await sealPage(under, block, 0);
    await under.stack.flush();
    expect(pagesOnDisk(under)).toBe(15);
    await under.stack.close();
  });
});
