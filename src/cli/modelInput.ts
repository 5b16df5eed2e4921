import { KvError } from '../core/errors.js';
import { splitLayers } from '../core/layerRange.js';
import { Checkpoint, readModelConfig } from '../model/checkpoint.js';
import { checkConfigFile } from '../model/configSchema.js';
import { readJsonFile } from '../model/jsonFile.js';
import { geometryOf, type ModelConfig } from '../model/modelConfig.js';
import { parseConfig } from '../model/parseConfig.js';
import { checkDeviceBytes } from '../tiers/leastDeviceBytes.js';
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

/**
 * Reads a config alone, for sums that need no weights.
 * @param path a checkpoint folder, or a config.json.
 * @throws KvError `notFound`, `invalid` or `unsupported` that names the file.
 */
export function readConfigOnly(path: string): ModelConfig {
  if (!path.endsWith('.json')) return readModelConfig(path);
  return parseConfig(checkConfigFile(readJsonFile(path), path), {}, path);
}

/** @throws KvError `invalid` when --model is missing. */
export function requiredModel({ model }: Settings): string {
  if (model === undefined) throw new KvError('invalid', '--model is missing; give a checkpoint folder');
  return model;
}

/**
 * Refuses what an embedded cluster could only refuse later, before any process is started.
 * @throws KvError `invalid` or `unsupported`.
 */
export function checkCluster(settings: Settings, config: ModelConfig): void {
  const { stages, workers = stages, kvDtype, blockTokens, deviceBytes } = settings;
  if (workers !== stages) {
    throw new KvError(
      'unsupported',
      `--workers ${workers} with --stages ${stages}: this version runs one worker a stage; give both the same number`,
    );
  }
  const geometry = geometryOf(config, { dtype: kvDtype, blockTokens });
  for (const range of splitLayers(geometry.layers.length, stages))
    checkDeviceBytes(geometry, range, deviceBytes);
}
