import { KvError } from '../core/errors.js';
import type { LayerAttention } from '../core/geometry.js';
import type { ConfigFile } from './configSchema.js';
import { familyDefaults, maxWindowLayersDefault, noRopeLayerIntervalDefault } from './familyDefaults.js';
import type { ModelFamily } from './modelConfig.js';

/**
 * Which layers slide and which rotate, as the family's code in transformers decides it.
 * @throws KvError `unsupported` for an unknown layer type, `invalid` for lists that do not fit the layers.
 */
export function parseLayers(file: ConfigFile, family: ModelFamily, path: string): LayerAttention[] {
  const layers = file.num_hidden_layers;
  const rope = ropeLayers(file, family, path);
  const window = windowOf(file, family);
  const slides = slidingLayers(file, family, path, window, rope);
  return Array.from({ length: layers }, (_, layer): LayerAttention => {
    const rotates = rope[layer] ?? true;
    if (!(slides[layer] ?? false)) return { kind: 'full', rope: rotates };
    if (window === null) {
      throw new KvError('invalid', `${path}: layer ${layer} slides, but no sliding_window is in use`);
    }
    return { kind: 'window', window, rope: rotates };
  });
}

/** The window that sliding layers use; null when the config turns it off. An absent key is not null. */
function windowOf(file: ConfigFile, family: ModelFamily): number | null {
  const window =
    file.sliding_window === undefined ? familyDefaults[family].slidingWindow : file.sliding_window;
  switch (family) {
    case 'llama':
      return null;
    case 'mistral':
    case 'smollm3':
      return window;
    case 'qwen2':
    case 'qwen3':
      return file.use_sliding_window === true ? window : null;
  }
}

function slidingLayers(
  file: ConfigFile,
  family: ModelFamily,
  path: string,
  window: number | null,
  rope: readonly boolean[],
): boolean[] {
  const indices = Array.from({ length: file.num_hidden_layers }, (_, layer) => layer);
  const given = layerTypes(file, path);
  switch (family) {
    case 'llama':
      if (given?.includes(true)) {
        throw new KvError('unsupported', `${path}: layer_types with sliding_attention in a llama model`);
      }
      return indices.map(() => false);
    case 'mistral':
      // Mistral has one mask for all layers; a list that says otherwise is another architecture's.
      if (given?.includes(window === null)) {
        throw new KvError('unsupported', `${path}: layer_types that differ from sliding_window in mistral`);
      }
      return indices.map(() => window !== null);
    case 'qwen2':
    case 'qwen3': {
      const firstSliding = file.max_window_layers ?? maxWindowLayersDefault;
      return given ?? indices.map((layer) => window !== null && layer >= firstSliding);
    }
    case 'smollm3': {
      const used = file.use_sliding_window === true && window !== null;
      return given ?? indices.map((layer) => used && !(rope[layer] ?? true));
    }
  }
}

function layerTypes(file: ConfigFile, path: string): boolean[] | null {
  if (file.layer_types == null) return null;
  if (file.layer_types.length !== file.num_hidden_layers) {
    const found = file.layer_types.length;
    throw new KvError('invalid', `${path}: layer_types names ${found} layers of ${file.num_hidden_layers}`);
  }
  return file.layer_types.map((type) => {
    if (type === 'full_attention') return false;
    if (type === 'sliding_attention') return true;
    throw new KvError(
      'unsupported',
      `${path}: layer type "${type}" is not supported; use full_attention or sliding_attention`,
    );
  });
}

/** True where a layer rotates: in `no_rope_layers` a 1 means that it does. */
function ropeLayers(file: ConfigFile, family: ModelFamily, path: string): boolean[] {
  const layers = file.num_hidden_layers;
  if (family !== 'smollm3') return Array.from({ length: layers }, () => true);
  const given = file.no_rope_layers;
  if (given == null) {
    const interval = file.no_rope_layer_interval ?? noRopeLayerIntervalDefault;
    return Array.from({ length: layers }, (_, layer) => (layer + 1) % interval !== 0);
  }
  if (given.length < layers) {
    throw new KvError('invalid', `${path}: no_rope_layers names ${given.length} layers of ${layers}`);
  }
  return given.slice(0, layers).map((value) => value !== 0);
}
