import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type TensorSpec, withHeader } from '../../bench/support/safetensorsBytes.js';
import { KvError } from '../../src/core/errors.js';
import { Checkpoint } from '../../src/model/checkpoint.js';
import { type CheckpointSpec, writeCheckpoint } from '../support/writeCheckpoint.js';

function refusal(folder: string): KvError {
  try {
    Checkpoint.open(folder).close();
  } catch (error) {
    expect(error).toBeInstanceOf(KvError);
    const refused = KvError.from(error);
    expect(refused.message).not.toContain('\n');
    return refused;
  }
  throw new Error('the checkpoint was opened');
}

/** Writes a good checkpoint, then lays `config` over its config.json. */
function withConfig(config: Record<string, unknown>): string {
  const folder = writeCheckpoint();
  const path = join(folder, 'config.json');
  const good = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify({ ...good, ...config }));
  return folder;
}

/** Writes a good checkpoint, then replaces its weights by these bytes. */
function withWeights(bytes: Buffer): string {
  const folder = writeCheckpoint();
  writeFileSync(join(folder, 'model.safetensors'), bytes);
  return folder;
}

const renamed =
  (name: string, change: (tensor: TensorSpec) => TensorSpec) =>
  (tensors: TensorSpec[]): TensorSpec[] =>
    tensors.map((tensor) => (tensor.name === name ? change(tensor) : tensor));

const qProj = 'model.layers.0.self_attn.q_proj.weight';

describe('configs that are refused by name', () => {
  it.each<[string, Record<string, unknown>, string, string]>([
    ['another model type', { model_type: 'gemma2' }, 'unsupported', 'gemma2'],
    [
      'another architecture',
      { architectures: ['LlamaForTokenClassification'] },
      'unsupported',
      'TokenClassification',
    ],
    ['another activation', { hidden_act: 'gelu' }, 'unsupported', 'gelu'],
    ['yarn', { rope_scaling: { rope_type: 'yarn', factor: 4 } }, 'unsupported', 'yarn'],
    ['mrope, old key', { rope_scaling: { type: 'mrope' } }, 'unsupported', 'mrope'],
    [
      'dynamic, new style',
      { rope_parameters: { rope_type: 'dynamic', factor: 2 } },
      'unsupported',
      'dynamic',
    ],
    ['linear without factor', { rope_scaling: { rope_type: 'linear' } }, 'invalid', 'factor'],
    ['partial rotation', { partial_rotary_factor: 0.5 }, 'unsupported', 'partial_rotary_factor'],
    ['rope by layer type', { rope_parameters: { full_attention: {} } }, 'unsupported', 'full_attention'],
    ['quantised weights', { quantization_config: { bits: 4 } }, 'unsupported', 'quantization_config'],
    [
      'layers of an unknown type',
      { layer_types: ['full_attention', 'chunked_attention'], model_type: 'qwen3', architectures: undefined },
      'unsupported',
      'chunked_attention',
    ],
    [
      'sliding layers without a window',
      { layer_types: ['full_attention', 'sliding_attention'], model_type: 'qwen2', architectures: undefined },
      'invalid',
      'sliding_window',
    ],
    [
      'too few layer types',
      { layer_types: ['full_attention'], model_type: 'qwen2', architectures: undefined },
      'invalid',
      'layer_types',
    ],
    ['heads that do not divide', { num_key_value_heads: 3 }, 'invalid', '4 query heads'],
    ['a missing size', { hidden_size: undefined }, 'invalid', 'hidden_size'],
    ['a size of text', { num_hidden_layers: 'two' }, 'invalid', 'num_hidden_layers'],
    ['a negative size', { vocab_size: -1 }, 'invalid', 'vocab_size'],
  ])('%s', (_, config, kind, named) => {
    const { kind: found, message } = refusal(withConfig(config));
    expect([found, message]).toEqual([kind, expect.stringContaining(named)]);
  });

  it('broken JSON, with file and place', () => {
    const folder = writeCheckpoint();
    writeFileSync(join(folder, 'config.json'), '{\n  "model_type": llama\n}');
    const { kind, message } = refusal(folder);
    expect(kind).toBe('invalid');
    expect(message).toContain(`${join(folder, 'config.json')} is no JSON`);
    expect(message).toContain('position 18 (line 2, column 17)');
  });

  it('a folder, a config or weights that are not there', () => {
    expect(refusal('/nonexistent/model').kind).toBe('notFound');
    for (const [file, named] of [
      ['config.json', 'config.json'],
      ['model.safetensors', 'safetensors'],
    ] as const) {
      const folder = writeCheckpoint();
      rmSync(join(folder, file));
      expect(refusal(folder)).toMatchObject({ kind: 'notFound', message: expect.stringContaining(named) });
    }
  });
});

describe('tensors that are refused by name', () => {
  it.each<[string, CheckpointSpec['edit'], string, string[]]>([
    ['missing', (tensors) => tensors.filter(({ name }) => name !== qProj), 'invalid', [qProj, 'missing']],
    [
      'wrong shape',
      renamed(qProj, (tensor) => ({ ...tensor, shape: [32, 128] })),
      'invalid',
      [qProj, '[32, 128]', '[64, 64]'],
    ],
    ['wrong dtype', renamed(qProj, (tensor) => ({ ...tensor, dtype: 'I32' })), 'unsupported', [qProj, 'I32']],
    ['unknown dtype', renamed(qProj, (tensor) => ({ ...tensor, dtype: 'Q4' })), 'invalid', [qProj, 'Q4']],
    [
      'shape and bytes that differ',
      renamed(qProj, (tensor) => ({ ...tensor, shape: [64, 63] })),
      'invalid',
      [qProj, 'bytes'],
    ],
    [
      'negative shape',
      renamed(qProj, (tensor) => ({ ...tensor, shape: [-64, -64] })),
      'invalid',
      [qProj, 'shape'],
    ],
  ])('%s', (_, edit, kind, named) => {
    const { kind: found, message } = refusal(writeCheckpoint(edit === undefined ? {} : { edit }));
    expect(found).toBe(kind);
    for (const part of named) expect(message).toContain(part);
  });

  it('a shard that lacks what the index promises', () => {
    const folder = writeCheckpoint({ shards: 2 });
    const path = join(folder, 'model.safetensors.index.json');
    const index = JSON.parse(readFileSync(path, 'utf8')) as { weight_map: Record<string, string> };
    for (const name of Object.keys(index.weight_map)) index.weight_map[name] = 'model-1-of-2.safetensors';
    writeFileSync(path, JSON.stringify(index));
    expect(refusal(folder)).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('model-1-of-2'),
    });
  });

  it('an index that points outside its folder', () => {
    const folder = writeCheckpoint({ shards: 2 });
    const path = join(folder, 'model.safetensors.index.json');
    writeFileSync(path, JSON.stringify({ weight_map: { a: '../../x.safetensors' } }));
    expect(refusal(folder)).toMatchObject({ kind: 'invalid', message: expect.stringContaining('../../x') });
  });
});

describe('safetensors headers that lie', () => {
  const entry = (begin: number, end: number) => ({ dtype: 'F32', shape: [2], data_offsets: [begin, end] });
  const header = (entries: Record<string, unknown>): Buffer =>
    withHeader(JSON.stringify(entries), Buffer.alloc(16));

  it.each<[string, Buffer, string]>([
    ['an empty file', Buffer.alloc(0), 'truncated'],
    ['a length past the file', withHeader('{}', Buffer.alloc(0), 4096n), 'claims 4096 bytes'],
    ['a terabyte of JSON', withHeader('{}', Buffer.alloc(0), 2n ** 40n), 'claims 1099511627776 bytes'],
    ['the largest length', withHeader('{}', Buffer.alloc(0), 2n ** 64n - 1n), 'claims 18446744073709551615'],
    ['broken JSON', withHeader('{"a": ', Buffer.alloc(8)), 'no JSON'],
    ['a list', withHeader('[]', Buffer.alloc(8)), 'not an object'],
    ['overlapping tensors', header({ a: entry(0, 8), b: entry(4, 12) }), 'overlaps'],
    ['a hole', header({ a: entry(0, 8), b: { ...entry(12, 16), shape: [1] } }), 'hole'],
    ['offsets that run backwards', header({ a: entry(8, 0) }), 'bytes'],
    ['negative offsets', header({ a: entry(-8, 0) }), 'data_offsets'],
    [
      'offsets past the file',
      header({ a: entry(0, 8), b: entry(8 + 2 ** 40, 16 + 2 ** 40) }),
      'past the file',
    ],
    ['bytes of no tensor', header({ a: entry(0, 8) }), 'belong to no tensor'],
    ['three offsets', header({ a: { ...entry(0, 8), data_offsets: [0, 8, 16] } }), 'data_offsets'],
    ['an entry that is a number', header({ a: 7 }), 'not an object'],
  ])('%s', (_, bytes, named) => {
    expect(refusal(withWeights(bytes))).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(named),
    });
  });

  it('a file cut off in the middle', () => {
    const folder = writeCheckpoint();
    truncateSync(join(folder, 'model.safetensors'), 20_000);
    expect(refusal(folder)).toMatchObject({ kind: 'invalid', message: expect.stringContaining('truncated') });
  });
});
