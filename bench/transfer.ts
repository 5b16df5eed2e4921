import { laneKinds } from '../src/transfer/laneKind.js';
import type { Bench, BenchContext, BenchResult, BenchRow } from './support/bench.js';
import { type Contender, takeTurns } from './support/contender.js';
import { takeRatios } from './support/ratios.js';
import { ContenderClient } from './transfer/contenderClient.js';
import type { Family } from './transfer/contenderMessages.js';
import { RedisServer } from './transfer/redisServer.js';
import { stepLoad } from './transfer/stepLoad.js';
import { withStores } from './transfer/storeCluster.js';
import { benchGeometry, fullSizes, shortSizes } from './transfer/transferSizes.js';
import { UnaryServer } from './transfer/unaryServer.js';

const storeBytes = 2 ** 30;

/** Pages of 2 MiB between two processes: every lane through the SDK, redis, naive unary calls, memcpy. */
export const transfer: Bench = async (context) => {
  const sizes = context.short ? shortSizes : fullSizes;
  const redis = await RedisServer.start(context).catch((thrown: unknown) => {
    context.tell(`redis is left out: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    return null;
  });
  const unary = await UnaryServer.start();
  const opened: { readonly contenders: readonly Contender[]; close(): void }[] = [];
  try {
    const store = { pinnedBytes: storeBytes, diskBytes: 0 };
    const rows = await withStores(benchGeometry, [store, store], context, async (stores) => {
      const [get = '', put = ''] = stores.map(({ embedded }) => embedded?.address ?? '');
      const families: Family[] = [
        { family: 'memcpy' },
        { family: 'unary', port: unary.port, pid: unary.pid },
        ...redisFamilies(redis),
        ...laneKinds.map((lane): Family => ({ family: 'kvtide', lane, get, put })),
      ];
      for (const family of families) opened.push(await ContenderClient.open(family, context.short));
      const contenders = opened.flatMap((family) => family.contenders);
      return takeTurns(contenders, sizes.rounds, context);
    });
    return await resultOf(rows, context);
  } finally {
    for (const { close } of opened) close();
    unary.stop();
    await redis?.stop();
  }
};

function redisFamilies(redis: RedisServer | null): Family[] {
  if (redis === null) return [];
  const { pid } = redis;
  return (['tcp', 'unix'] as const).map((over) => ({ family: 'redis', over, place: redis.place(over), pid }));
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
