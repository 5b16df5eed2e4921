import { parentPort, workerData } from 'node:worker_threads';
import { thrownMessage } from '../core/thrownMessage.js';
import { admissionPolicies } from '../policy/admissionPolicies.js';
import { placementPolicies } from '../policy/placementPolicies.js';
import type { RetentionFactory } from '../policy/policy.js';
import { type OfflineReplayName, offlineReplays, simulate } from '../sim/simulator.js';
import { tierReplay } from '../sim/tierReplay.js';
import { loadRetention } from './loadRetention.js';
import type { FromSweepThread, SweepJob, SweepResults, SweepStart } from './sweepMessages.js';

const { trace, warmup }: SweepStart = workerData;
const factories = new Map<string, RetentionFactory>();

async function factoryOf(policy: string): Promise<RetentionFactory> {
  const factory = factories.get(policy) ?? (await loadRetention(policy));
  factories.set(policy, factory);
  return factory;
}

async function run(job: SweepJob): Promise<SweepResults[keyof SweepResults]> {
  const { policy } = job;
  if (job.kind === 'tiers') {
    const policies = {
      retention: await factoryOf(policy),
      admission: admissionPolicies[job.admission],
      placement: placementPolicies[job.placement],
    };
    return tierReplay(trace, policies, { ...job.options, warmup });
  }
  if (Object.hasOwn(offlineReplays, policy)) {
    return offlineReplays[policy as OfflineReplayName](trace, job.capacity, warmup); // a key, as was just seen
  }
  return simulate(trace, await factoryOf(policy), { capacity: job.capacity, warmup });
}

parentPort?.on('message', (job: SweepJob) => {
  run(job).then(
    (result) => parentPort?.postMessage({ kind: 'done', result } satisfies FromSweepThread),
    (thrown: unknown) =>
      parentPort?.postMessage({ kind: 'failed', error: thrownMessage(thrown) } satisfies FromSweepThread),
  );
});
