import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Settings, settingsSchema } from '../../src/cli/settings.js';
import type { OpenCluster } from '../../src/cli/withCluster.js';
import type { Geometry } from '../../src/core/geometry.js';
import type { BenchContext } from '../support/bench.js';
import { withClusters } from '../support/withClusters.js';

/** What a page store of one worker is started with, beside its geometry. */
export type StoreSettings = Partial<
  Pick<Settings, 'pinnedBytes' | 'diskBytes' | 'dataDir' | 'lanes' | 'tlsDir' | 'memoryLimit'>
>;

/** Page stores of one worker each, without a model, for as long as `body` runs. */
export async function withStores<T>(
  geometry: Geometry,
  stores: readonly StoreSettings[],
  context: BenchContext,
  body: (stores: readonly OpenCluster[]) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'kvtide-store-'));
  try {
    const kvConfig = join(folder, 'kv.json');
    const { layers, kvHeads, headDim, dtype, blockTokens } = geometry;
    const config = { name: 'bench', layers: layers.length, kvHeads, headDim, dtype, blockTokens };
    await writeFile(kvConfig, JSON.stringify(config));
    const settings = stores.map((store) => settingsSchema.parse({ kvConfig, stages: 1, ...store }));
    return await withClusters(settings, context, body);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
