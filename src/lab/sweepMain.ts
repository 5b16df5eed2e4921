import { parentPort, workerData } from 'node:worker_threads';
import { thrownMessage } from '../core/thrownMessage.js';
import type { RetentionFactory } from '../policy/policy.js';
import type { ReplayCounts } from '../sim/replayCounts.js';
import { type OfflineReplayName, offlineReplays, simulate } from '../sim/simulator.js';
import { loadRetention } from './loadRetention.js';
import type { FromSweepThread, SweepJob, SweepStart } from './sweepMessages.js';

const { trace, warmup }: SweepStart = workerData;
const factories = new Map<string, RetentionFactory>();

async function run({ policy, capacity }: SweepJob): Promise<ReplayCounts> {
  if (Object.hasOwn(offlineReplays, policy)) {
    return offlineReplays[policy as OfflineReplayName](trace, capacity, warmup); // a key, as was just seen
  }
  const factory = factories.get(policy) ?? (await loadRetention(policy));
  factories.set(policy, factory);
  return simulate(trace, factory, { capacity, warmup });
}

parentPort?.on('message', (job: SweepJob) => {
  run(job).then(
    (counts) => parentPort?.postMessage({ kind: 'counts', counts } satisfies FromSweepThread),
    (thrown: unknown) =>
      parentPort?.postMessage({ kind: 'failed', error: thrownMessage(thrown) } satisfies FromSweepThread),
  );
});
