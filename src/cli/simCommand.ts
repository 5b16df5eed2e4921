import { KvError } from '../core/errors.js';
import { type SweepRun, sweep } from '../lab/sweep.js';
import { retentionPolicyNames } from '../policy/retentionPolicies.js';
import { isPrefixTree } from '../sim/isPrefixTree.js';
import { offlineReplayNames } from '../sim/simulator.js';
import type { Trace } from '../sim/trace.js';
import type { CommandSpec } from './defineCommand.js';
import { plainTable } from './plainTable.js';
import { simReportCommand } from './simReportCommand.js';
import { simulateTiers } from './simTiers.js';
import { readSimTrace } from './simTrace.js';
import { withProgress } from './sweepProgress.js';

export const simCommand: CommandSpec = {
  name: 'sim',
  summary: 'Replay a trace under retention policies and say how far each is from the optimum',
  settings: [
    'trace',
    'synthetic',
    'seed',
    'policy',
    'admission',
    'placement',
    'prefetch',
    'capacity',
    'tiers',
    'geometry',
    'kvDtype',
    'tierBandwidths',
    'tierLatenciesUs',
    'recomputeRate',
    'countOutput',
    'warmup',
    'skipBad',
    'jobs',
  ],
  examples: [
    'kvtide sim --trace conversation_trace.jsonl --policy lru,fifo,min --capacity 1000,10000,30000',
    'kvtide sim --trace trace.jsonl --policy lru,./my-policy.ts --capacity 10000 --warmup 0.5 --json',
    'kvtide sim --trace trace.jsonl --policy lru --tiers device=2GiB,pinned=16GiB --geometry config.json',
    'kvtide sim --trace trace.jsonl --tiers device=2GiB,disk=200GiB --admission always,tinylfu --placement write-back --geometry config.json',
    'kvtide sim --synthetic chat:requests=5000 --seed 1 --capacity 1000',
  ],
  subcommands: [simReportCommand],
  run: async (settings, context) => {
    const { capacity, tiers } = settings;
    if (capacity !== undefined && tiers !== undefined) {
      throw new KvError('invalid', '--capacity and --tiers are both given; choose one');
    }
    if (tiers !== undefined) return simulateTiers(tiers, settings, context);
    if (capacity === undefined) {
      throw new KvError(
        'invalid',
        '--capacity is missing; give sizes of the cache in blocks, such as 1000,10000, or --tiers',
      );
    }
    const trace = await readSimTrace(settings, context);
    const policies = settings.policy ?? [...retentionPolicyNames, ...offlineReplayNames];
    const runs = await withProgress(settings, context, (options) =>
      sweep(trace, { policies, capacities: capacity, ...options }),
    );
    context.out(settings.json ? `${JSON.stringify(jsonOf(trace, runs))}\n` : tables(trace, runs));
  },
};

function jsonOf({ requests, blocks, uniqueBlocks }: Trace, runs: readonly SweepRun[]) {
  return { trace: { requests, accesses: blocks.length, uniqueBlocks }, runs };
}

function tables(trace: Trace, runs: readonly SweepRun[]): string {
  const table = plainTable([
    'policy',
    'capacity',
    'hits',
    'prefix hits',
    'hit rate',
    'prefix hit rate',
    'regret',
  ]);
  for (const { policy, capacity, hits, prefixHits, hitRate, prefixHitRate, regret } of runs) {
    const rates = [hitRate, prefixHitRate, regret].map((rate) => rate.toFixed(4));
    table.push([policy, capacity, hits, prefixHits, ...rates]);
  }
  const { requests, blocks, uniqueBlocks } = trace;
  const about = `${requests} requests, ${blocks.length} accesses, ${uniqueBlocks} different blocks`;
  const bound = isPrefixTree(trace)
    ? ''
    : '\nblocks of this trace do not name prefixes: the optimum is a bound from above, and regret is at most what is shown';
  return `${table.toString()}\n${about}${bound}\n`;
}
