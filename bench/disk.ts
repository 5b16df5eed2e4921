import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KvError } from '../src/core/errors.js';
import { SimulatedRandom } from '../src/simulate/simulatedRandom.js';
import { BenchTier, measureMoves } from './disk/benchTier.js';
import { churn } from './disk/churn.js';
import { type DiskSizes, depth, fullSizes, shortSizes } from './disk/diskSizes.js';
import { Fio } from './disk/fio.js';
import { indexFigures } from './disk/indexFigures.js';
import type { Bench, BenchContext, BenchResult, BenchRow } from './support/bench.js';
import { type Contender, takeTurns } from './support/contender.js';
import { ensureInstalled } from './support/installed.js';
import { takeRatios } from './support/ratios.js';
import { withDepth } from './transfer/withDepth.js';

const figure = 'gigabytesPerSecond';

/**
 * The disk tier, checksums and headers included, beside fio with direct I/O on the same medium: writes and
 * cold reads of 2 MiB pages, random overwrites of a full tier, and what its index takes. The folder is that
 * of temporary files, or KVTIDE_BENCH_DIR.
 */
export const disk: Bench = async (context) => {
  const sizes = context.short ? shortSizes : fullSizes;
  const folder = mkdtempSync(join(process.env.KVTIDE_BENCH_DIR ?? tmpdir(), 'kvtide-bench-'));
  const inside = (name: string): string => {
    mkdirSync(join(folder, name));
    return join(folder, name);
  };
  try {
    const rates = await ratesBesideFio(inside('rates'), sizes, context);
    rmSync(join(folder, 'rates'), { recursive: true });
    const churned = await churn(inside('churn'), sizes, context);
    rmSync(join(folder, 'churn'), { recursive: true });
    const index = await indexFigures(inside('index'), sizes, context);
    return {
      rows: [...rates.rows, ...churned.rows, ...index.rows],
      ratios: [...rates.ratios, ...churned.ratios, ...index.ratios],
      missing: rates.missing,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

async function ratesBesideFio(folder: string, sizes: DiskSizes, context: BenchContext): Promise<BenchResult> {
  const fio = await fioContenders(folder, sizes, context);
  const bench = await BenchTier.open(folder);
  try {
    // A page that stays keeps the room of the others from being given back between rounds.
    await withDepth(depth, sizes.pages, (number) => bench.store(number));
    await bench.store(sizes.pages);
    const ours = tierContenders(bench, sizes);
    const contenders = [ours.write, ...fio.slice(0, 1), ours.read, ...fio.slice(1)];
    const rows = await takeTurns(contenders, sizes.rounds, context);
    const named = (name: string): BenchRow[] => rows.filter((row) => row.name === name);
    const wanted = (['write', 'cold read'] as const).map((what) => ({
      name: `disk_${what.replace(' ', '_')}_vs_fio`,
      figure,
      over: named(`disk tier, ${what}`)[0],
      under: named(`fio, ${what}`),
    }));
    return { rows, ...takeRatios(wanted) };
  } finally {
    await bench.close();
  }
}

/** Pages are written anew into the slots of those before, and read in random order past the page cache. */
function tierContenders(bench: BenchTier, { pages }: DiskSizes): { write: Contender; read: Contender } {
  const random = new SimulatedRandom(1);
  return {
    write: {
      name: 'disk tier, write',
      note: 'flushed, index committed',
      round: async () => {
        await withDepth(pages, pages, (number) => bench.remove(number));
        const { mediumReadShare: _, ...figures } = await measureMoves(pages, (number) => bench.store(number));
        return figures;
      },
    },
    read: {
      name: 'disk tier, cold read',
      note: 'checksums verified',
      round: async () => {
        const order = shuffled(pages, random);
        return { ...(await measureMoves(pages, (index) => bench.load(order[index]!))) };
      },
    },
  };
}

/** Writing first, reading second; none where fio cannot be had. */
async function fioContenders(
  folder: string,
  { pages }: DiskSizes,
  context: BenchContext,
): Promise<Contender[]> {
  try {
    const fio = new Fio(await ensureInstalled('fio', 'fio', context), folder, pages, context.signal);
    await fio.round('write'); // lays its file out
    return [
      { name: 'fio, write', note: 'not flushed', round: () => fio.round('write') },
      { name: 'fio, cold read', note: 'random order', round: () => fio.round('randread') },
    ];
  } catch (thrown) {
    context.tell(`fio is left out: ${KvError.from(thrown).message}`);
    return [];
  }
}

function shuffled(count: number, random: SimulatedRandom): number[] {
  const numbers = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i -= 1) {
    const other = random.integer(0, i);
    [numbers[i], numbers[other]] = [numbers[other]!, numbers[i]!];
  }
  return numbers;
}
