import { describe, expect, it } from 'vitest';
import { checkConfigFile, checkGenerationFile } from '../../src/model/configSchema.js';
import { configJsonOf, type ModelConfig } from '../../src/model/modelConfig.js';
import { parseConfig } from '../../src/model/parseConfig.js';

const sizes = {
  vocab_size: 100,
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 4,
  num_attention_heads: 32,
};

function parse(config: Record<string, unknown>, generation: Record<string, unknown> = {}): ModelConfig {
  const file = checkConfigFile({ ...sizes, ...config }, 'config.json');
  return parseConfig(file, checkGenerationFile(generation, 'generation_config.json'), 'config.json');
}

const kinds = (config: ModelConfig): string =>
  config.layers
    .map((layer) => `${layer.kind === 'full' ? 'full' : layer.window}${layer.rope ? '' : '-'}`)
    .join(' ');

describe('defaults of transformers for keys that are left out', () => {
  it.each([
    [
      'llama',
      { kvHeads: 32, headDim: 2, tied: false, theta: 10_000, max: 2048, kinds: 'full full full full' },
    ],
    [
      'mistral',
      { kvHeads: 8, headDim: 2, tied: false, theta: 10_000, max: 131_072, kinds: '4096 4096 4096 4096' },
    ],
    [
      'qwen2',
      { kvHeads: 32, headDim: 2, tied: false, theta: 10_000, max: 32_768, kinds: 'full full full full' },
    ],
    [
      'qwen3',
      { kvHeads: 32, headDim: 128, tied: false, theta: 10_000, max: 32_768, kinds: 'full full full full' },
    ],
    [
      'smollm3',
      { kvHeads: 4, headDim: 2, tied: true, theta: 2_000_000, max: 32_768, kinds: 'full full full full-' },
    ],
  ])('%s', (family, expected) => {
    const config = parse({ model_type: family });
    expect({
      kvHeads: config.kvHeads,
      headDim: config.headDim,
      tied: config.tiedEmbeddings,
      theta: config.rope.theta,
      max: config.maxPositions,
      kinds: kinds(config),
    }).toEqual(expected);
    expect(config.normEpsilon).toBe(1e-6);
  });
});

describe('windows and layers without RoPE', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['mistral, null', { model_type: 'mistral', sliding_window: null }, 'full full full full'],
    [
      'qwen2, first layers full',
      { model_type: 'qwen2', use_sliding_window: true, sliding_window: 8, max_window_layers: 2 },
      'full full 8 8',
    ],
    [
      'qwen2, not in use',
      { model_type: 'qwen2', use_sliding_window: false, sliding_window: 8, max_window_layers: 2 },
      'full full full full',
    ],
    [
      'qwen3, layer_types win',
      {
        model_type: 'qwen3',
        use_sliding_window: true,
        sliding_window: 8,
        max_window_layers: 0,
        layer_types: ['full_attention', 'sliding_attention', 'full_attention', 'full_attention'],
      },
      'full 8 full full',
    ],
    [
      'smollm3, layers without RoPE slide',
      { model_type: 'smollm3', use_sliding_window: true, sliding_window: 8, no_rope_layer_interval: 2 },
      'full 8- full 8-',
    ],
    [
      'smollm3, given lists',
      {
        model_type: 'smollm3',
        sliding_window: 8,
        no_rope_layers: [1, 0, 1, 0, 1],
        layer_types: ['sliding_attention', 'full_attention', 'full_attention', 'sliding_attention'],
      },
      '8 full- full 8-',
    ],
    ['llama has none', { model_type: 'llama', sliding_window: 8 }, 'full full full full'],
  ])('%s', (_, config, expected) => {
    expect(kinds(parse(config))).toBe(expected);
  });
});

describe('RoPE', () => {
  const llama3 = {
    factor: 8,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 256,
  };
  it.each<[string, Record<string, unknown>, unknown]>([
    [
      'old style',
      { rope_theta: 5, rope_scaling: { rope_type: 'linear', factor: 2 } },
      { theta: 5, scaling: { kind: 'linear', factor: 2 } },
    ],
    [
      'old style, old key',
      { rope_theta: 5, rope_scaling: { type: 'linear', factor: 2 } },
      { theta: 5, scaling: { kind: 'linear', factor: 2 } },
    ],
    [
      'new style',
      { rope_parameters: { rope_type: 'linear', factor: 2, rope_theta: 5 } },
      { theta: 5, scaling: { kind: 'linear', factor: 2 } },
    ],
    ['null', { rope_theta: 5, rope_scaling: null }, { theta: 5, scaling: { kind: 'default' } }],
    [
      'llama3',
      { rope_scaling: { rope_type: 'llama3', ...llama3 } },
      {
        theta: 10_000,
        scaling: {
          kind: 'llama3',
          factor: 8,
          lowFreqFactor: 1,
          highFreqFactor: 4,
          originalMaxPositions: 256,
        },
      },
    ],
  ])('%s', (_, config, expected) => {
    expect(parse({ model_type: 'llama', ...config }).rope).toEqual(expected);
  });
});

it('joins the end tokens of both files', () => {
  expect(parse({ model_type: 'llama', eos_token_id: 7 }, { eos_token_id: [9, 7, 2] }).eosTokens).toEqual([
    2, 7, 9,
  ]);
  expect(parse({ model_type: 'llama', eos_token_id: null }).eosTokens).toEqual([]);
});

it('biases follow the family', () => {
  const all = { attention_bias: true, mlp_bias: true };
  expect(parse({ model_type: 'llama', ...all }).bias).toEqual({
    qkv: true,
    attentionOutput: true,
    mlp: true,
  });
  expect(parse({ model_type: 'qwen3', ...all }).bias).toEqual({
    qkv: true,
    attentionOutput: true,
    mlp: false,
  });
  expect(parse({ model_type: 'qwen2' }).bias).toEqual({ qkv: true, attentionOutput: false, mlp: false });
  expect(parse({ model_type: 'mistral', ...all }).bias).toEqual({
    qkv: false,
    attentionOutput: false,
    mlp: false,
  });
});

it('one config has one text, in either style; what is computed changes it', () => {
  const old = parse({ model_type: 'llama', rope_theta: 5, transformers_version: '4' });
  const renewed = parse({ model_type: 'llama', rope_parameters: { rope_theta: 5, rope_type: 'default' } });
  expect(configJsonOf(old)).toBe(configJsonOf(renewed));
  expect(configJsonOf(parse({ model_type: 'llama', rope_theta: 6 }))).not.toBe(configJsonOf(old));
});
