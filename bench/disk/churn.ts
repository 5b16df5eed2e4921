import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import type { BenchContext, BenchRatio, BenchRow } from '../support/bench.js';
import { median } from '../support/median.js';
import { withDepth } from '../transfer/withDepth.js';
import { BenchTier, type Moved, measureMoves } from './benchTier.js';
import { type DiskSizes, depth } from './diskSizes.js';

/** Overwrites are timed in so many stretches; the first and last quarter are compared by their medians. */
const stretches = 20;
const quarter = stretches / 4;
const bytesPerBlock = 512;
const seed = 1;

export interface Churn {
  readonly rows: readonly BenchRow[];
  readonly ratios: readonly BenchRatio[];
}

/** Fills a tier, then replaces random pages: whether it stays as fast and as large as it was. */
export async function churn(
  folder: string,
  sizes: DiskSizes,
  { signal, tell }: BenchContext,
): Promise<Churn> {
  const { churnPages: pages, overwrites } = sizes;
  const bench = await BenchTier.open(folder);
  try {
    const random = new SimulatedRandom(seed);
    const held = Array.from({ length: pages }, (_, i) => i);
    let next = pages;
    await withDepth(depth, pages, (number) => bench.store(number));
    const filledBytes = allocatedBytes(folder);
    tell(`filled with ${pages} pages`);
    const overwrite = async (): Promise<void> => {
      const at = random.integer(0, held.length - 1);
      const [old = 0] = held.splice(at, 1);
      const number = next;
      next += 1;
      await bench.remove(old);
      await bench.store(number);
      held.push(number);
    };
    const moved: Moved[] = [];
    for (let stretch = 0; stretch < stretches; stretch += 1) {
      signal.throwIfAborted();
      moved.push(await measureMoves(overwrites / stretches, overwrite));
    }
    const growth = allocatedBytes(folder) / filledBytes;
    const rates = moved.map(({ gigabytesPerSecond }) => gigabytesPerSecond);
    const first = median(rates.slice(0, quarter));
    const last = median(rates.slice(-quarter));
    const cpuMsPerGigabyte = median(moved.map((stretch) => stretch.cpuMsPerGigabyte));
    const note = `${overwrites} overwrites of ${pages} pages`;
    return {
      rows: [
        { name: 'churn, first quarter', n: quarter, figures: { gigabytesPerSecond: first, note } },
        { name: 'churn, last quarter', n: quarter, figures: { gigabytesPerSecond: last, cpuMsPerGigabyte } },
      ],
      ratios: [
        { name: 'churn_last_vs_first', value: last / first, n: quarter, baseline: 'churn, first quarter' },
        { name: 'churn_growth', value: growth, n: 1, baseline: 'bytes on disk after filling' },
      ],
    };
  } finally {
    await bench.close();
  }
}

function allocatedBytes(folder: string): number {
  const files = readdirSync(folder).map((name) => statSync(join(folder, name)));
  return files.reduce((sum, { blocks }) => sum + blocks * bytesPerBlock, 0);
}
