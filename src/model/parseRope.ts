import { KvError } from '../core/errors.js';
import type { ConfigFile, RopeSection } from './configSchema.js';
import type { RopeConfig, RopeScaling } from './modelConfig.js';

/**
 * Reads RoPE from either config style: `rope_parameters`, or `rope_theta` with `rope_scaling` (whose kind
 * is called `rope_type` or, before, `type`). Where both are given the new one wins, as in transformers.
 * @throws KvError `unsupported` for a kind other than default, linear and llama3, and for partial rotation;
 * `invalid` for a missing number.
 */
export function parseRope(
  file: ConfigFile,
  path: string,
  defaults: { readonly theta: number; readonly maxPositions: number },
): RopeConfig {
  const section: RopeSection = file.rope_parameters ?? file.rope_scaling ?? {};
  for (const key of ['full_attention', 'sliding_attention']) {
    if (key in section) throw new KvError('unsupported', `${path}: RoPE that differs by layer type (${key})`);
  }
  const rotated = section.partial_rotary_factor ?? file.partial_rotary_factor ?? 1;
  if (rotated !== 1) {
    throw new KvError('unsupported', `${path}: partial_rotary_factor ${rotated} is not supported; only 1 is`);
  }
  const theta = section.rope_theta ?? file.rope_theta ?? defaults.theta;
  return { theta, scaling: parseScaling(section, file, path, defaults.maxPositions) };
}

function parseScaling(
  section: RopeSection,
  file: ConfigFile,
  path: string,
  maxPositions: number,
): RopeScaling {
  const kind = section.rope_type ?? section.type ?? 'default';
  const need = (key: 'factor' | 'low_freq_factor' | 'high_freq_factor'): number => {
    const value = section[key];
    if (value != null) return value;
    throw new KvError('invalid', `${path}: RoPE type "${kind}" needs ${key}`);
  };
  switch (kind) {
    case 'default':
      return { kind };
    case 'linear':
      return { kind, factor: need('factor') };
    case 'llama3': {
      const lowFreqFactor = need('low_freq_factor');
      const highFreqFactor = need('high_freq_factor');
      if (highFreqFactor <= lowFreqFactor) {
        throw new KvError('invalid', `${path}: high_freq_factor must be greater than low_freq_factor`);
      }
      const originalMaxPositions =
        section.original_max_position_embeddings ?? file.original_max_position_embeddings ?? maxPositions;
      return { kind, factor: need('factor'), lowFreqFactor, highFreqFactor, originalMaxPositions };
    }
    default:
      throw new KvError(
        'unsupported',
        `${path}: RoPE type "${kind}" is not supported; use default, linear or llama3`,
      );
  }
}
