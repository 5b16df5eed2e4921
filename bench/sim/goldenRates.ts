import { readTrace } from '../../src/lab/readTrace.js';
import { sweep } from '../../src/lab/sweep.js';
import type { BenchContext } from '../support/bench.js';

/** Mooncake's conversation trace, whose prefix hit rates at three capacities are known to four digits. */
const known = { accesses: 288_500, uniqueBlocks: 182_790 };
const capacities = [1000, 10_000, 30_000];
const rates: Readonly<Record<string, readonly number[]>> = {
  lru: [0.0445, 0.2112, 0.3257],
  fifo: [0.0434, 0.1815, 0.2944],
  lfu: [0.0481, 0.1318, 0.2759],
  min: [0.1906, 0.3664, 0.3664],
  infinite: [0.3664, 0.3664, 0.3664],
};

/** What of a replay of the trace is not as known, a line each. @throws KvError when the file cannot be read. */
export async function goldenFailures(path: string, context: BenchContext): Promise<string[]> {
  const { trace } = await readTrace(path, { skipBad: false });
  const { blocks, uniqueBlocks } = trace;
  if (blocks.length !== known.accesses || uniqueBlocks !== known.uniqueBlocks) {
    return [
      `${path} is not the trace whose rates are known: ${blocks.length} accesses, ${uniqueBlocks} blocks`,
    ];
  }
  const policies = Object.keys(rates);
  const { signal } = context;
  const runs = await sweep(trace, { policies, capacities, warmup: 0, threads: 1, signal });
  return runs.flatMap(({ policy, capacity, prefixHitRate }) => {
    const wanted = rates[policy]?.[capacities.indexOf(capacity)] ?? Number.NaN;
    const got = prefixHitRate.toFixed(4);
    const isRight = got === wanted.toFixed(4);
    context.tell(`${policy} at ${capacity}: ${got}${isRight ? '' : `, not ${wanted}`}`);
    return isRight ? [] : [`${policy} at ${capacity}: a prefix hit rate of ${got}, not ${wanted}`];
  });
}
