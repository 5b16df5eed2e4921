import { basename } from 'node:path';
import { formatByteSize } from '../core/byteSize.js';
import { KvError } from '../core/errors.js';
import { pageBytes } from '../core/geometry.js';
import { runJobs } from '../lab/runJobs.js';
import type { TierJob } from '../lab/sweepMessages.js';
import { defaultAdmission } from '../policy/admissionPolicies.js';
import type { PlacementPolicyName } from '../policy/placementPolicies.js';
import { retentionPolicyNames } from '../policy/retentionPolicies.js';
import { offlineReplayNames } from '../sim/simulator.js';
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
  const bytesPerToken = geometryBytesPerToken(settings);
  const trace = await readSimTrace(settings, context);
  const blockBytes = Math.ceil(bytesPerToken * trace.blockTokens);
  const tiers = parseTiers(given, settings, blockBytes);
  const { recomputeRate: recomputeTokensPerSecond, countOutput } = settings;
  const options = { tiers, blockBytes, recomputeTokensPerSecond, countOutput };
  const { admission: admissions = [defaultAdmission], placement: placements = [defaultSimPlacement] } =
    settings;
  const jobs = policies.flatMap((policy) =>
    admissions.flatMap((admission) =>
      placements.map((placement): TierJob => ({ kind: 'tiers', policy, admission, placement, options })),
    ),
  );
  const results = await withProgress(settings, context, (how) => runJobs(trace, jobs, how));
  const runs = jobs.map(({ policy, admission, placement }, at) => {
    return { policy, admission, placement, ...tierFigures(results[at]!) };
  });
  if (settings.json) {
    const sizes = tiers.map(({ name, capacity }) => ({ tier: name, blocks: capacity }));
    context.out(
      `${JSON.stringify({ trace: aboutTrace(trace, settings), blockBytes, tiers: sizes, runs })}\n`,
    );
    return;
  }
  const held = tiers.map(({ name, capacity }) => `${name} ${capacity} blocks`).join(', ');
  context.out(`${tierTable(runs)}\n${held} of ${formatByteSize(blockBytes)}\n`);
}

function aboutTrace({ requests, blocks, uniqueBlocks }: Trace, settings: Settings) {
  const { trace: path, synthetic, warmup } = settings;
  const name = path === undefined ? synthetic : basename(path);
  return { name, requests, accesses: blocks.length, uniqueBlocks, warmup };
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
