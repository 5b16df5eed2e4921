import { readyWorkers } from '../../src/cli/clusterFigures.js';
import { collectGeneration } from '../../src/cli/collectGeneration.js';
import type { Settings } from '../../src/cli/settings.js';
import type { Geometry } from '../../src/core/geometry.js';
import type { LayerRange } from '../../src/core/layerRange.js';
import type { BenchContext } from '../support/bench.js';
import { withClusters } from '../support/withClusters.js';

/** Computes a prompt once, in a cluster of its own, into the data folder of the settings. */
export function prefillInto(
  prompt: readonly number[],
  settings: Settings,
  context: BenchContext,
): Promise<{ readonly geometry: Geometry; readonly stages: readonly LayerRange[] }> {
  const { tell } = context;
  return withClusters([settings], context, async ([cluster]) => {
    if (cluster === undefined) throw new RangeError('one cluster was expected');
    const { client, signal } = cluster;
    const stages = (await readyWorkers(client)).map(({ layers }) => layers);
    const sampling = { temperature: 0, seed: 0 };
    const request = { prompt, maxTokens: 1, sampling, eos: [], topLogits: 1, signal };
    const { timings } = await collectGeneration(client, request, { watcher: { warn: tell } });
    tell(`prefilled ${prompt.length} tokens in ${(timings.firstTokenMs / 1000).toFixed(1)} s`);
    return { geometry: (await client.model()).geometry, stages };
  });
}
