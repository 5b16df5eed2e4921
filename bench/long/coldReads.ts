import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { KvError } from '../../src/core/errors.js';
import { type Geometry, pageBytes } from '../../src/core/geometry.js';
import { BenchTier, measureMoves } from '../disk/benchTier.js';
import { depth } from '../disk/diskSizes.js';
import { Fio } from '../disk/fio.js';
import type { BenchContext, BenchRow } from '../support/bench.js';
import type { Contender } from '../support/contender.js';
import { ensureInstalled } from '../support/installed.js';
import { BenchPages } from '../transfer/benchPages.js';
import { memcpyContender } from '../transfer/memcpyContender.js';
import { shortSizes } from '../transfer/transferSizes.js';
import { withDepth } from '../transfer/withDepth.js';
import type { ColdRates } from './stepBound.js';

/** More than the caches of a processor hold. */
const copiedPages = 64;
/** As many that ask as there are workers: one alone does not get all that the disk gives. */
const fioJobs = 4;

/** What cold bytes cost by themselves: a copy in memory, and reads of a disk tier past the page cache. */
export class ColdReads {
  private constructor(
    private readonly bench: BenchTier,
    readonly contenders: readonly Contender[],
  ) {}

  /** @param bytes so many lie on disk, in pages of the geometry. */
  static async open(
    folder: string,
    geometry: Geometry,
    bytes: number,
    context: BenchContext,
  ): Promise<ColdReads> {
    const path = join(folder, 'cold-reads');
    await mkdir(path);
    const bench = await BenchTier.open(path, geometry);
    const pages = Math.ceil(bytes / pageBytes(geometry));
    await withDepth(depth, pages, (page) => bench.store(page));
    const disk: Contender = {
      name: 'disk tier, cold read',
      note: 'in order, checksums verified',
      round: async () => {
        const moved = await measureMoves(pages, (page) => bench.load(page), pageBytes(geometry));
        if (moved.mediumReadShare < 0.99)
          throw new KvError('internal', 'the disk tier was read from the page cache; use larger pages');
        return { ...moved };
      },
    };
    const copy = memcpyContender(new BenchPages(copiedPages), shortSizes);
    return new ColdReads(bench, [copy, disk, ...(await fioContenders(path, geometry, pages, context))]);
  }

  /** Of the contenders' rows. The disk's rate is the best that was seen. */
  static ratesOf([copy, disk, fio]: readonly BenchRow[]): ColdRates {
    const rateOf = (row: BenchRow | undefined): number => Number(row?.figures.gigabytesPerSecond ?? 0);
    return {
      pinnedCpuMsPerGigabyte: Number(copy?.figures.cpuMsPerGigabyte),
      diskCpuMsPerGigabyte: Number(disk?.figures.cpuMsPerGigabyte),
      diskGigabytesPerSecond: Math.max(rateOf(disk), rateOf(fio)),
    };
  }

  async close(): Promise<void> {
    await this.bench.close();
  }
}

/** None where fio cannot be had. */
async function fioContenders(
  folder: string,
  geometry: Geometry,
  pages: number,
  context: BenchContext,
): Promise<Contender[]> {
  try {
    const program = await ensureInstalled('fio', 'fio', context);
    const shape = { pageBytes: pageBytes(geometry), depth, jobs: fioJobs };
    const fio = new Fio(program, folder, pages, context.signal, shape);
    await fio.round('write'); // lays its file out
    return [
      { name: 'fio, cold read', note: 'direct, in order, four processes', round: () => fio.round('read') },
    ];
  } catch (thrown) {
    context.tell(`fio is left out: ${KvError.from(thrown).message}`);
    return [];
  }
}
