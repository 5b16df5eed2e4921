import { formatByteSize } from '../core/byteSize.js';
import { KvError } from '../core/errors.js';
import { pageBytes } from '../core/geometry.js';
import { runJobs } from '../lab/runJobs.js';
import type { TierJob } from '../lab/sweepMessages.js';
import { retentionPolicyNames } from '../policy/retentionPolicies.js';
import { offlineReplayNames } from '../sim/simulator.js';
import { tierFigures } from '../sim/tierFigures.js';
import type { CommandContext } from './commandContext.js';
import { readKvShape } from './modelInput.js';
import { plainTable } from './plainTable.js';
import type { Settings } from './settings.js';
import { readSimTrace } from './simTrace.js';
import { withProgress } from './sweepProgress.js';
import { parseTiers } from './tierSpec.js';

/**
 * `kvtide sim --tiers`: the trace in tiers with sizes in bytes, under each policy.
 * @throws KvError `invalid` or `notFound` that names the flag.
 */
export async function simulateTiers(
  given: string,
  settings: Settings,
  context: CommandContext,
): Promise<void> {
  const policies: readonly string[] = settings.policy ?? retentionPolicyNames;
  const offline = offlineReplayNames.find((name) => policies.includes(name));
  if (offline !== undefined) {
    throw new KvError('invalid', `--policy: ${offline} is worked out for one cache; it goes with --capacity`);
  }
  const bytesPerToken = geometryBytesPerToken(settings);
  const trace = await readSimTrace(settings, context);
  const blockBytes = Math.ceil(bytesPerToken * trace.blockTokens);
  const tiers = parseTiers(given, settings, blockBytes);
  const { recomputeRate: recomputeTokensPerSecond, countOutput } = settings;
  const options = { tiers, blockBytes, recomputeTokensPerSecond, countOutput };
  const jobs = policies.map((policy): TierJob => ({ kind: 'tiers', policy, options }));
  const results = await withProgress(settings, context, (how) => runJobs(trace, jobs, how));
  const runs = policies.map((policy, at) => ({ policy, ...tierFigures(results[at]!) }));
  if (settings.json) {
    const { requests, blocks, uniqueBlocks } = trace;
    const sizes = tiers.map(({ name, capacity }) => ({ tier: name, blocks: capacity }));
    const about = { requests, accesses: blocks.length, uniqueBlocks };
    context.out(`${JSON.stringify({ trace: about, blockBytes, tiers: sizes, runs })}\n`);
    return;
  }
  const head = [
    'policy',
    'hit rate',
    'prefix',
    'token',
    'ttft p50',
    'p90',
    'p99',
    'stall',
    'compute',
    'read',
    'written',
  ];
  const table = plainTable(head);
  for (const {
    policy,
    hitRate,
    prefixHitRate,
    tokenHitRate,
    timeToFirstTokenMs,
    stallMs,
    computeMs,
    tiers: moved,
  } of runs) {
    const rates = [hitRate, prefixHitRate, tokenHitRate].map((rate) => rate.toFixed(4));
    const times = [timeToFirstTokenMs.p50, timeToFirstTokenMs.p90, timeToFirstTokenMs.p99].map(
      (ms) => `${ms.toFixed(1)} ms`,
    );
    const sums = [stallMs, computeMs].map((ms) => `${(ms / 1000).toFixed(1)} s`);
    const traffic = (['readBytes', 'writtenBytes'] as const).map((way) =>
      moved
        .map(({ tier, [way]: bytes }) => `${tier} ${formatByteSize(bytes)}`)
        .slice(1)
        .join('\n'),
    );
    table.push([policy, ...rates, ...times, ...sums, ...traffic]);
  }
  const held = tiers.map(({ name, capacity }) => `${name} ${capacity} blocks`).join(', ');
  context.out(`${table.toString()}\n${held} of ${formatByteSize(blockBytes)}\n`);
}

function geometryBytesPerToken(settings: Settings): number {
  if (settings.geometry === undefined) {
    throw new KvError(
      'invalid',
      '--geometry is missing; give the config.json of a model, which says what a block takes',
    );
  }
  const { geometry } = readKvShape({ ...settings, model: settings.geometry, kvConfig: undefined });
  return (pageBytes(geometry) * geometry.layers.length) / geometry.blockTokens;
}
