import { KvError } from '../core/errors.js';
import type { ConfigFile, GenerationFile } from './configSchema.js';
import { familyDefaults, normEpsilonDefault } from './familyDefaults.js';
import { type BiasConfig, type ModelConfig, type ModelFamily, modelFamilies } from './modelConfig.js';
import { parseLayers } from './parseLayers.js';
import { parseRope } from './parseRope.js';

/**
 * Turns a checkpoint's config into what is computed, with the defaults of transformers.
 * @param path of config.json, for messages.
 * @throws KvError `unsupported` that names what this build cannot compute; `invalid` for values that do
 * not fit together.
 */
export function parseConfig(file: ConfigFile, generation: GenerationFile, path: string): ModelConfig {
  const family = familyOf(file, path);
  const defaults = familyDefaults[family];
  checkSupported(file, path);
  const heads = file.num_attention_heads;
  const kvHeads =
    file.num_key_value_heads === undefined
      ? (defaults.kvHeads ?? heads)
      : (file.num_key_value_heads ?? heads);
  if (heads % kvHeads !== 0) {
    throw new KvError('invalid', `${path}: ${heads} query heads cannot share ${kvHeads} key-value heads`);
  }
  const maxPositions = file.max_position_embeddings ?? defaults.maxPositions;
  return {
    family,
    vocabulary: file.vocab_size,
    hidden: file.hidden_size,
    intermediate: file.intermediate_size,
    heads,
    kvHeads,
    headDim: headDimOf(file, defaults.headDim, path),
    layers: parseLayers(file, family, path),
    normEpsilon: file.rms_norm_eps ?? normEpsilonDefault,
    rope: parseRope(file, path, { theta: defaults.ropeTheta, maxPositions }),
    bias: biasOf(file, family),
    qkNorm: family === 'qwen3',
    tiedEmbeddings: file.tie_word_embeddings ?? defaults.tiedEmbeddings,
    maxPositions,
    eosTokens: eosTokensOf(file, generation),
  };
}

function familyOf(file: ConfigFile, path: string): ModelFamily {
  const family = modelFamilies.find((name) => name === file.model_type);
  if (family === undefined) {
    const known = modelFamilies.join(', ');
    throw new KvError(
      'unsupported',
      `${path}: model_type "${file.model_type}" is not supported; use ${known}`,
    );
  }
  const { architecture } = familyDefaults[family];
  const found = file.architectures ?? [];
  if (found.length > 0 && !found.includes(architecture)) {
    throw new KvError(
      'unsupported',
      `${path}: architecture "${found.join(', ')}" is not supported; a ${family} model is a ${architecture}`,
    );
  }
  return family;
}

function checkSupported(file: ConfigFile, path: string): void {
  const activation = file.hidden_act ?? 'silu';
  if (activation !== 'silu' && activation !== 'swish') {
    throw new KvError('unsupported', `${path}: hidden_act "${activation}" is not supported; only silu is`);
  }
  if (file.quantization_config != null) {
    throw new KvError(
      'unsupported',
      `${path}: quantization_config: quantised weights are not supported; use f32, f16 or bf16`,
    );
  }
}

function headDimOf(file: ConfigFile, familyDefault: number | null, path: string): number {
  const { hidden_size: hidden, num_attention_heads: heads } = file;
  const given = file.head_dim ?? familyDefault;
  if (given === null && hidden % heads !== 0) {
    throw new KvError('invalid', `${path}: hidden_size ${hidden} is not a multiple of ${heads} heads`);
  }
  const headDim = given ?? hidden / heads;
  if (headDim % 2 !== 0) {
    throw new KvError('invalid', `${path}: head_dim ${headDim} is odd; RoPE turns pairs`);
  }
  return headDim;
}

function biasOf(file: ConfigFile, family: ModelFamily): BiasConfig {
  const attention = file.attention_bias ?? false;
  const mlp = file.mlp_bias ?? false;
  switch (family) {
    case 'llama':
    case 'smollm3':
      return { qkv: attention, attentionOutput: attention, mlp };
    case 'qwen3':
      return { qkv: attention, attentionOutput: attention, mlp: false };
    case 'qwen2':
      return { qkv: true, attentionOutput: false, mlp: false };
    case 'mistral':
      return { qkv: false, attentionOutput: false, mlp: false };
  }
}

function eosTokensOf(file: ConfigFile, generation: GenerationFile): number[] {
  const all = [file.eos_token_id, generation.eos_token_id].flatMap((ids) => ids ?? []);
  return [...new Set(all)].sort((a, b) => a - b);
}
