import { type Settings, settingsSchema } from '../../src/cli/settings.js';
import { neededBlocks } from '../../src/core/blockSpan.js';
import { type Geometry, pageBytes } from '../../src/core/geometry.js';
import type { LayerRange } from '../../src/core/layerRange.js';
import { leastDeviceBytes } from '../../src/tiers/leastDeviceBytes.js';

const mib = 2 ** 20;
/** Room for every page that the bench makes. */
const plenty = 512 * mib;
/** The share of the KV that a cold worker keeps on its device. */
const hotShare = 0.1;

/** Bytes of KV that the layers read for the next token after `context` ones. */
export function liveBytes(geometry: Geometry, layers: LayerRange, context: number): number {
  const pages = geometry.layers.slice(layers.from, layers.to).map((attention) => {
    const { first, end } = neededBlocks(attention, geometry.blockTokens, context, 1);
    return end - first;
  });
  return pages.reduce((sum, count) => sum + count, 0) * pageBytes(geometry);
}

/** 10 % of the KV of the worker with the most, or the least budget for so many sequences where that is more. */
export function coldDeviceBytes(
  geometry: Geometry,
  stages: readonly LayerRange[],
  context: number,
  sequences = 1,
): number {
  const most = Math.max(...stages.map((layers) => liveBytes(geometry, layers, context)));
  const least = Math.max(...stages.map((layers) => leastDeviceBytes(geometry, layers, sequences)));
  return Math.max(Math.ceil(most * hotShare), least);
}

/**
 * A cluster with everything hot. One worker has all cores, as the graph has them: a single sequence gains
 * nothing from a second worker on the same machine. Every other setting is the default.
 */
export function hotSettings(model: string, dataDir: string): Settings {
  const stages = 1;
  return { ...settingsSchema.parse({ model, dataDir, stages }), deviceBytes: plenty, pinnedBytes: plenty };
}

/** The same with two workers, as `kvtide up` starts them. */
export function pairSettings(model: string, dataDir: string): Settings {
  return { ...hotSettings(model, dataDir), stages: 2 };
}

/** A cluster with little on its devices and the rest in pinned memory. */
export function coldSettings(model: string, dataDir: string, deviceBytes: number): Settings {
  return { ...hotSettings(model, dataDir), deviceBytes };
}

/** A cluster with little on its devices and next to nothing in pinned memory. */
export function diskSettings(model: string, dataDir: string, deviceBytes: number): Settings {
  return { ...hotSettings(model, dataDir), deviceBytes, pinnedBytes: mib };
}
