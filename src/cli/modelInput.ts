import { KvError } from '../core/errors.js';
import type { Geometry } from '../core/geometry.js';
import { splitLayers } from '../core/layerRange.js';
import { attentionConfigJson, storeConfigJson } from '../core/storeConfig.js';
import { Checkpoint, readModelConfig } from '../model/checkpoint.js';
import { checkConfigFile } from '../model/configSchema.js';
import { readJsonFile } from '../model/jsonFile.js';
import { configJsonOf, geometryOf, type ModelConfig } from '../model/modelConfig.js';
import { parseConfig } from '../model/parseConfig.js';
import { checkDeviceBytes } from '../tiers/leastDeviceBytes.js';
import type { ModelShape } from '../worker/workerParts.js';
import { workersPerStage } from './clusterArguments.js';
import { readKvConfig } from './kvConfig.js';
import type { Settings } from './settings.js';

/**
 * Reads what a checkpoint's config says, and checks that its tensors are what the config needs.
 * @throws KvError `notFound`, `invalid` or `unsupported` that names the file.
 */
export function readCheckpointConfig(folder: string): ModelConfig {
  const checkpoint = Checkpoint.open(folder);
  checkpoint.close();
  return checkpoint.config;
}

/** What a worker serves: a model that it computes, or pages that others compute. */
export interface Served {
  readonly shape: ModelShape;
  /** Checkpoint folder; null where pages are stored, or attention is computed, for models of others. */
  readonly model: string | null;
}

/**
 * Reads --model, and checks that its tensors are what its config needs, or --kv-config.
 * @throws KvError `notFound`, `invalid` or `unsupported` that names the file, or the flag that is missing.
 */
export function readServed(settings: Settings): Served {
  const given = modelOrStore(settings);
  if (given.kind === 'store') {
    const { name, geometry, maxTokens, attention } = readKvConfig(given.path);
    const bound = maxTokens === null ? {} : { maxTokens };
    const configJson =
      attention === null ? storeConfigJson(name) : attentionConfigJson(name, attention.heads);
    return { shape: { geometry, configJson, attention, ...bound }, model: null };
  }
  const config = readCheckpointConfig(given.path);
  const geometry = geometryOf(config, { dtype: settings.kvDtype, blockTokens: settings.blockTokens });
  const { heads, maxPositions: maxTokens } = config;
  return {
    shape: { geometry, configJson: configJsonOf(config), attention: { heads }, maxTokens },
    model: given.path,
  };
}

/** The shape of the KV alone, for sums that need no weights, and the context that the model is made for. */
export interface KvShape {
  readonly geometry: Geometry;
  /** Null where a --kv-config does not say. */
  readonly maxPositions: number | null;
}

/** @throws KvError as `readServed`. */
export function readKvShape(settings: Settings): KvShape {
  const given = modelOrStore(settings);
  if (given.kind === 'store') {
    const { geometry, maxTokens } = readKvConfig(given.path);
    return { geometry, maxPositions: maxTokens };
  }
  const config = readConfigOnly(given.path);
  const geometry = geometryOf(config, { dtype: settings.kvDtype, blockTokens: settings.blockTokens });
  return { geometry, maxPositions: config.maxPositions };
}

/** @param path a checkpoint folder, or a config.json. */
function readConfigOnly(path: string): ModelConfig {
  if (!path.endsWith('.json')) return readModelConfig(path);
  return parseConfig(checkConfigFile(readJsonFile(path), path), {}, path);
}

/** @throws KvError `invalid` unless exactly one of --model and --kv-config is given. */
export function modelOrStore({ model, kvConfig }: Settings): { kind: 'model' | 'store'; path: string } {
  if (model !== undefined && kvConfig !== undefined) {
    throw new KvError('invalid', '--model and --kv-config are both given; a page store computes no model');
  }
  if (model !== undefined) return { kind: 'model', path: model };
  if (kvConfig !== undefined) return { kind: 'store', path: kvConfig };
  throw new KvError(
    'invalid',
    '--model is missing; give a checkpoint folder, or --kv-config to store pages that others compute',
  );
}

/**
 * Refuses what an embedded cluster could only refuse later, before any process is started.
 * @throws KvError `invalid`.
 */
export function checkStages(settings: Settings, geometry: Geometry): void {
  splitLayers(geometry.layers.length, settings.stages);
  workersPerStage(settings);
}

/** As `checkStages`, for workers that compute. @throws KvError `invalid`. */
export function checkComputing(settings: Settings, geometry: Geometry): void {
  checkStages(settings, geometry);
  for (const range of splitLayers(geometry.layers.length, settings.stages))
    checkDeviceBytes(geometry, range, settings.deviceBytes);
}
