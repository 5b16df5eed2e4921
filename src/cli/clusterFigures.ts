import type { TierFigures, WorkerDescription, WorkerFigures } from '../client/clusterDescription.js';
import type { KvClient } from '../client/kvClient.js';
import { type ByTier, type TierName, tierNames } from '../core/tierName.js';

/** Workers that are there, by stage. */
export async function readyWorkers(client: KvClient): Promise<WorkerDescription[]> {
  const { workers } = await client.describe();
  return workers.filter(({ state }) => state === 'ready').sort((a, b) => a.stage - b.stage);
}

/** What every ready worker says about itself, by stage. */
export async function allWorkerFigures(client: KvClient): Promise<WorkerFigures[]> {
  return Promise.all((await readyWorkers(client)).map(({ address }) => client.workerFigures(address)));
}

/** One figure of the tiers, added up over workers. */
export function sumByTier(
  workers: readonly WorkerFigures[],
  figure: (tier: TierFigures) => number,
): ByTier<number> {
  const sum = (name: TierName): number =>
    workers
      .flatMap(({ tiers }) => tiers.filter(({ tier }) => tier === name))
      .reduce((all, tier) => all + figure(tier), 0);
  const [device, pinned, disk] = tierNames.map(sum);
  return { device: device ?? 0, pinned: pinned ?? 0, disk: disk ?? 0 };
}
