import {
  checkBlockTokens,
  currentLayoutVersion,
  type Geometry,
  type KvDtype,
  type LayerAttention,
} from '../core/geometry.js';
import { canonicalJson } from '../core/namespace.js';

export const modelFamilies = ['llama', 'mistral', 'qwen2', 'qwen3', 'smollm3'] as const;
export type ModelFamily = (typeof modelFamilies)[number];

export type RopeScaling =
  | { readonly kind: 'default' }
  | { readonly kind: 'linear'; readonly factor: number }
  | {
      readonly kind: 'llama3';
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      readonly originalMaxPositions: number;
    };

export interface RopeConfig {
  readonly theta: number;
  readonly scaling: RopeScaling;
}

/** Which of the model's linear layers have a bias. */
export interface BiasConfig {
  readonly qkv: boolean;
  readonly attentionOutput: boolean;
  readonly mlp: boolean;
}

/** A transformer as kvtide computes it, with every default of its family filled in. */
export interface ModelConfig {
  readonly family: ModelFamily;
  readonly vocabulary: number;
  readonly hidden: number;
  readonly intermediate: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly layers: readonly LayerAttention[];
  readonly normEpsilon: number;
  readonly rope: RopeConfig;
  readonly bias: BiasConfig;
  readonly qkNorm: boolean;
  readonly tiedEmbeddings: boolean;
  /** The longest context that the checkpoint was made for; longer ones are refused. */
  readonly maxPositions: number;
  /** Tokens that end a text: of config.json and generation_config.json together, ascending. */
  readonly eosTokens: readonly number[];
}

/** How the model's KV is cached. @throws KvError `invalid` for an unsupported block size. */
export function geometryOf(
  config: ModelConfig,
  options: { readonly dtype: KvDtype; readonly blockTokens: number },
): Geometry {
  checkBlockTokens(options.blockTokens);
  return {
    layers: config.layers,
    kvHeads: config.kvHeads,
    headDim: config.headDim,
    dtype: options.dtype,
    blockTokens: options.blockTokens,
    layoutVersion: currentLayoutVersion,
  };
}

/** The config as the fingerprint sees it: only what changes what is computed, defaults filled in. */
export function configJsonOf(config: ModelConfig): string {
  const { eosTokens: _eosTokens, maxPositions: _maxPositions, ...computed } = config;
  return canonicalJson(computed);
}
