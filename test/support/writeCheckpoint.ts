import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { safetensorsBytes, type TensorSpec } from '../../bench/support/safetensorsBytes.js';
import { checkConfigFile } from '../../src/model/configSchema.js';
import { tensorsOf } from '../../src/model/modelTensors.js';
import { parseConfig } from '../../src/model/parseConfig.js';

export interface CheckpointSpec {
  /** Laid over {@link tinyConfig}; an undefined value removes a key. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly generation?: Readonly<Record<string, unknown>>;
  readonly seed?: number;
  readonly dtype?: 'F32' | 'F16' | 'BF16';
  /** Files that the tensors are dealt out to; 1 writes model.safetensors without an index. */
  readonly shards?: number;
  /** Changes, adds or removes tensors before they are written. */
  readonly edit?: (tensors: TensorSpec[]) => TensorSpec[];
}

/** A llama of 2 layers with 4 query and 2 key-value heads of 16. */
const tinyConfig: Readonly<Record<string, unknown>> = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: 256,
  hidden_size: 64,
  intermediate_size: 100,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  hidden_act: 'silu',
  rms_norm_eps: 1e-5,
  max_position_embeddings: 8192,
  rope_theta: 10_000,
  tie_word_embeddings: false,
  eos_token_id: 0,
};

const written: string[] = [];
afterAll(() => {
  for (const folder of written.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Writes a checkpoint folder with random weights; answers its path. It is removed after the test file. */
export function writeCheckpoint(spec: CheckpointSpec = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'kvtide-model-'));
  written.push(folder);
  const config = { ...tinyConfig, ...spec.config };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  if (spec.generation !== undefined) {
    writeFileSync(join(folder, 'generation_config.json'), JSON.stringify(spec.generation));
  }
  const random = seededNormal(spec.seed ?? 1);
  const dtype = spec.dtype ?? 'F32';
  const tensors = expectedTensors(config).map(({ name, shape }): TensorSpec => {
    const count = shape.reduce((product, length) => product * length, 1);
    const norm = name.endsWith('norm.weight');
    const scale = norm || name.endsWith('bias') ? 0.1 : 0.15;
    const values = Float32Array.from({ length: count }, () => random() * scale + (norm ? 1 : 0));
    return { name, dtype, shape, bytes: encodeFloats(values, dtype) };
  });
  writeTensors(folder, spec.edit?.(tensors) ?? tensors, spec.shards ?? 1);
  return folder;
}

function writeTensors(folder: string, tensors: readonly TensorSpec[], shards: number): void {
  if (shards === 1) {
    writeFileSync(join(folder, 'model.safetensors'), safetensorsBytes(tensors));
    return;
  }
  const weightMap: Record<string, string> = {};
  for (let shard = 0; shard < shards; shard += 1) {
    const file = `model-${shard + 1}-of-${shards}.safetensors`;
    const mine = tensors.filter((_, index) => index % shards === shard);
    for (const { name } of mine) weightMap[name] = file;
    writeFileSync(join(folder, file), safetensorsBytes(mine));
  }
  writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }));
}

function expectedTensors(config: Record<string, unknown>) {
  const parsed = parseConfig(checkConfigFile(config, 'config.json'), {}, 'config.json');
  return tensorsOf(parsed, { from: 0, to: parsed.layers.length });
}

/** Rounds towards zero: only that the same file comes out each time matters here. */
export function encodeFloats(values: Float32Array, dtype: 'F32' | 'F16' | 'BF16'): Buffer {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  if (dtype === 'F32') return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const halves = Uint16Array.from(bits, (word) => {
    if (dtype === 'BF16') return word >>> 16;
    const exponent = ((word >>> 23) & 0xff) - 112;
    const sign = (word >>> 16) & 0x8000;
    return exponent <= 0 ? sign : sign | (exponent << 10) | ((word >>> 13) & 0x3ff);
  });
  return Buffer.from(halves.buffer);
}

/** Roughly normal numbers from a seed (mulberry32, sums of twelve). */
function seededNormal(seed: number): () => number {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Array.from({ length: 12 }, fraction).reduce((sum, value) => sum + value, -6);
}
