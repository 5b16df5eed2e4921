import { basename } from 'node:path';
import { formatByteSize } from '../core/byteSize.js';
import { KvError } from '../core/errors.js';
import { pageBytes } from '../core/geometry.js';
import { boundOfTiers } from '../lab/boundOfTiers.js';
import { runJobs } from '../lab/runJobs.js';
import type { TierJob } from '../lab/sweepMessages.js';
import { defaultAdmission } from '../policy/admissionPolicies.js';
import type { PlacementPolicyName } from '../policy/placementPolicies.js';
import type { PrefetchPolicyName } from '../policy/prefetchPolicies.js';
import { retentionPolicyNames } from '../policy/retentionPolicies.js';
import { offlineReplayNames } from '../sim/simulator.js';
import type { TierBound } from '../sim/tierBound.js';
import { tierFigures } from '../sim/tierFigures.js';
import type { Trace } from '../sim/trace.js';
import type { CommandContext } from './commandContext.js';
import { readKvShape } from './modelInput.js';
import type { Settings } from './settings.js';
import { readSimTrace } from './simTrace.js';
import { withProgress } from './sweepProgress.js';
import { parseTiers } from './tierSpec.js';
import { tierTable } from './tierTable.js';

/** Where nothing is said, a block is in one tier of the simulator; a worker copies it to all. */
const defaultSimPlacement: PlacementPolicyName = 'write-back';
/** Requests wait for all that they load, unless a policy is named. */
const defaultSimPrefetch: PrefetchPolicyName = 'none';

/**
 * `kvtide sim --tiers`: the trace in tiers with sizes in bytes, under each policy of each kind.
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
  const { bytesPerToken, layers } = kvOfGeometry(settings);
  const trace = await readSimTrace(settings, context);
  const blockBytes = Math.ceil(bytesPerToken * trace.blockTokens);
  const tiers = parseTiers(given, settings, blockBytes);
  const { recomputeRate: recomputeTokensPerSecond, countOutput } = settings;
  const options = { tiers, blockBytes, layers, recomputeTokensPerSecond, countOutput };
  const { admission: admissions = [defaultAdmission], placement: placements = [defaultSimPlacement] } =
    settings;
  const { prefetch = defaultSimPrefetch } = settings;
  const jobs = policies.flatMap((policy) =>
    admissions.flatMap((admission) =>
      placements.map(
        (placement): TierJob => ({
          kind: 'tiers',
          policy,
          admission,
          placement,
          prefetch,
          options,
        }),
      ),
    ),
  );
  const { bound, results } = await withProgress(settings, context, async (how) => ({
    bound: await boundOfTiers(trace, options, prefetch, how),
    results: await runJobs(trace, jobs, how),
  }));
  const runs = jobs.map(({ policy, admission, placement }, at) => {
    const figures = tierFigures(results[at]!);
    const regret = bound.prefixHits === 0 ? 0 : 1 - figures.prefixHits / bound.prefixHits;
    return { policy, admission, placement, prefetch, ...figures, regret };
  });
  if (settings.json) {
    const sizes = tiers.map(({ name, capacity }) => ({ tier: name, blocks: capacity }));
    const about = aboutTrace(trace, settings);
    context.out(`${JSON.stringify({ trace: about, blockBytes, tiers: sizes, bound, runs })}\n`);
    return;
  }
  const held = tiers.map(({ name, capacity }) => `${name} ${capacity} blocks`).join(', ');
  context.out(`${tierTable(runs)}\n${held} of ${formatByteSize(blockBytes)}\n${boundLine(bound)}\n`);
}

function boundLine({ prefixHits, costMs, meanTtftMs }: TierBound): string {
  const seconds = (costMs / 1000).toFixed(1);
  return `no policies have more than ${prefixHits} prefix hits, or wait and compute less than ${seconds} s, ${meanTtftMs.toFixed(1)} ms a request`;
}

function aboutTrace({ requests, blocks, uniqueBlocks }: Trace, settings: Settings) {
  const { trace: path, synthetic, warmup } = settings;
  const name = path === undefined ? synthetic : basename(path);
  return { name, requests, accesses: blocks.length, uniqueBlocks, warmup };
}

function kvOfGeometry(settings: Settings): { readonly bytesPerToken: number; readonly layers: number } {
  if (settings.geometry === undefined) {
    throw new KvError(
      'invalid',
      '--geometry is missing; give the config.json of a model, which says what a block takes',
    );
  }
  const { geometry } = readKvShape({ ...settings, model: settings.geometry, kvConfig: undefined });
  const layers = geometry.layers.length;
  return { bytesPerToken: (pageBytes(geometry) * layers) / geometry.blockTokens, layers };
}
