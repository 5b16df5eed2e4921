import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { KvError } from '../../src/core/errors.js';
import { type Geometry, pageBytes } from '../../src/core/geometry.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { BenchTier, measureMoves } from '../disk/benchTier.js';
import { depth } from '../disk/diskSizes.js';
import type { BenchRow } from '../support/bench.js';
import type { Contender } from '../support/contender.js';
import { BenchPages } from '../transfer/benchPages.js';
import { memcpyContender } from '../transfer/memcpyContender.js';
import { shortSizes } from '../transfer/transferSizes.js';
import { withDepth } from '../transfer/withDepth.js';
import type { ColdRates } from './stepBound.js';

/** More than the caches of a processor hold. */
const copiedPages = 64;
const diskName = 'disk tier, cold read';

/** What cold bytes cost by themselves: a copy in memory, and reads of a disk tier past the page cache. */
export class ColdReads {
  private constructor(
    private readonly bench: BenchTier,
    readonly contenders: readonly Contender[],
  ) {}

  /** @param bytes so many lie on disk, in pages of the geometry. */
  static async open(folder: string, geometry: Geometry, bytes: number): Promise<ColdReads> {
    const path = join(folder, 'cold-reads');
    await mkdir(path);
    const bench = await BenchTier.open(path, geometry);
    const pages = Math.ceil(bytes / pageBytes(geometry));
    await withDepth(depth, pages, (page) => bench.store(page));
    const random = new SimulatedRandom(1);
    const disk: Contender = {
      name: diskName,
      note: 'checksums verified',
      round: async () => {
        const any = (): number => random.integer(0, pages - 1);
        const moved = await measureMoves(pages, () => bench.load(any()), pageBytes(geometry));
        if (moved.mediumReadShare < 0.99)
          throw new KvError('internal', 'the disk tier was read from the page cache; use larger pages');
        return { ...moved };
      },
    };
    const copy = memcpyContender(new BenchPages(copiedPages), shortSizes);
    return new ColdReads(bench, [copy, disk]);
  }

  /** Of the contenders' rows. */
  static ratesOf([copy, disk]: readonly BenchRow[]): ColdRates {
    return {
      pinnedCpuMsPerGigabyte: Number(copy?.figures.cpuMsPerGigabyte),
      diskCpuMsPerGigabyte: Number(disk?.figures.cpuMsPerGigabyte),
      diskGigabytesPerSecond: Number(disk?.figures.gigabytesPerSecond),
    };
  }

  async close(): Promise<void> {
    await this.bench.close();
  }
}
