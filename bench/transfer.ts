import type { Bench, BenchContext, BenchResult, BenchRow } from './support/bench.js';
import { type Contender, takeTurns } from './support/contender.js';
import { takeRatios } from './support/ratios.js';
import { BenchPages } from './transfer/benchPages.js';
import { fillStore, kvtideContenders } from './transfer/kvtideContenders.js';
import { memcpyContender } from './transfer/memcpyContender.js';
import { redisContenders } from './transfer/redisContenders.js';
import { RedisServer } from './transfer/redisServer.js';
import { stepLoad } from './transfer/stepLoad.js';
import { withStores } from './transfer/storeCluster.js';
import { benchGeometry, fullSizes, shortSizes, type TransferSizes } from './transfer/transferSizes.js';
import { unaryContenders } from './transfer/unaryContenders.js';

/** Everything that takes turns, and what to do afterwards. */
interface Field {
  readonly contenders: Contender[];
  readonly closing: (() => void)[];
}

const storeBytes = 2 ** 30;
const lanes = ['shm', 'unix', 'tcp', 'grpc'] as const;

/** Pages of 2 MiB between two processes: every lane through the SDK, redis, naive unary calls, memcpy. */
export const transfer: Bench = async (context) => {
  const sizes = context.short ? shortSizes : fullSizes;
  const redis = await RedisServer.start(context).catch((thrown: unknown) => {
    context.tell(`redis is left out: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    return null;
  });
  const field: Field = { contenders: [], closing: [] };
  try {
    const store = { pinnedBytes: storeBytes, diskBytes: 0 };
    const rows = await withStores(benchGeometry, [store, store], context, async ([get, put]) => {
      if (get === undefined || put === undefined) throw new RangeError('two stores were expected');
      const pages = new BenchPages(sizes.pages);
      await enterBaselines(field, redis, pages, sizes);
      const wanted = await fillStore(get, pages);
      for (const lane of lanes)
        enter(field, await kvtideContenders(lane, { get, put }, pages, wanted, sizes));
      const warmUp = { ...context, tell: () => {} };
      await takeTurns(field.contenders, 1, warmUp);
      return takeTurns(field.contenders, sizes.rounds, context);
    });
    return await resultOf(rows, context);
  } finally {
    for (const close of field.closing) close();
    await redis?.stop();
  }
};

async function enterBaselines(
  field: Field,
  redis: RedisServer | null,
  pages: BenchPages,
  sizes: TransferSizes,
): Promise<void> {
  field.contenders.push(memcpyContender(pages, sizes));
  enter(field, await unaryContenders(pages, sizes));
  if (redis === null) return;
  enter(field, await redisContenders(redis, 'tcp', pages, sizes));
  enter(field, await redisContenders(redis, 'unix', pages, sizes));
}

function enter(
  field: Field,
  { contenders, close }: { contenders: readonly Contender[]; close(): void },
): void {
  field.contenders.push(...contenders);
  field.closing.push(close);
}

async function resultOf(rows: readonly BenchRow[], context: BenchContext): Promise<BenchResult> {
  const named = (start: string): BenchRow[] => rows.filter(({ name }) => name.startsWith(`${start}, depth`));
  const figure = 'gigabytesPerSecond';
  const best = (start: string): BenchRow | undefined =>
    named(start).toSorted((a, b) => Number(b.figures[figure]) - Number(a.figures[figure]))[0];
  const ratio = (name: string, over: string, under: string) => ({
    name,
    figure,
    over: best(over),
    under: named(under),
  });
  const taken = takeRatios([
    ratio('shm_copy_get_vs_redis', 'kvtide shm get', 'redis tcp get'),
    ratio('shm_copy_put_vs_redis', 'kvtide shm put', 'redis tcp put'),
    ratio('shm_lent_get_vs_redis', 'kvtide shm lent get', 'redis tcp get'),
    ratio('shm_lent_verified_get_vs_redis', 'kvtide shm lent and verified get', 'redis tcp get'),
    ratio('tcp_get_vs_redis', 'kvtide tcp get', 'redis tcp get'),
    ratio('tcp_put_vs_redis', 'kvtide tcp put', 'redis tcp put'),
    ratio('unix_get_vs_redis_unix', 'kvtide unix get', 'redis unix get'),
    ratio('unix_put_vs_redis_unix', 'kvtide unix put', 'redis unix put'),
    ratio('grpc_get_vs_unary', 'kvtide grpc get', 'gRPC unary get'),
    ratio('grpc_put_vs_unary', 'kvtide grpc put', 'gRPC unary put'),
  ]);
  const load = await stepLoad(context);
  return {
    rows: [...rows, ...load.rows],
    ratios: [...taken.ratios, ...load.ratios],
    missing: [...taken.missing, ...load.missing],
  };
}
