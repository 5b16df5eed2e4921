import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SeededRandom } from '../../src/decode/seededRandom.js';
import { checkConfigFile } from '../../src/model/configSchema.js';
import { tensorsOf } from '../../src/model/modelTensors.js';
import { parseConfig } from '../../src/model/parseConfig.js';
import { safetensorsBytes } from '../support/safetensorsBytes.js';

export interface DenseModelOptions {
  /** K and V of a token take so many floats in each layer. */
  readonly headDim: number;
  /** Of queries, over one head of K and V. */
  readonly heads: number;
  readonly layers: number;
}

/** The KV of a million tokens takes 1 GiB. */
export const denseModel: DenseModelOptions = { headDim: 64, heads: 4, layers: 2 };
/** Pages of 512 KiB, which bypass the page cache: what is on disk comes from the disk. */
export const denseBlockTokens = 1024;

/** What a token costs beside attention is to be little. */
const intermediate = 256;
const vocabulary = 256;
const maxPositions = 2 ** 24;
const weightSeed = 1;

/**
 * Writes the checkpoint of a transformer with full attention in every layer and random weights. What it says
 * means nothing; that each step reads all of its KV is what counts.
 */
export function writeDenseModel(folder: string, { headDim, heads, layers }: DenseModelOptions): void {
  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: vocabulary,
    hidden_size: heads * headDim,
    intermediate_size: intermediate,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: 1,
    head_dim: headDim,
    hidden_act: 'silu',
    rms_norm_eps: 1e-6,
    max_position_embeddings: maxPositions,
    rope_theta: 10_000,
    tie_word_embeddings: false,
  };
  const path = join(folder, 'config.json');
  const parsed = parseConfig(checkConfigFile(config, path), {}, path);
  const random = new SeededRandom(weightSeed);
  const tensors = tensorsOf(parsed, { from: 0, to: parsed.layers.length }).map(({ name, shape }) => {
    const length = shape.reduce((product, size) => product * size, 1);
    // A matrix keeps the length of what it is multiplied with; norms have one dimension and scale nothing.
    const scale = Math.sqrt(3 / (shape.at(-1) ?? 1));
    const weight = shape.length === 1 ? () => 1 : () => (2 * random.fraction() - 1) * scale;
    const values = Float32Array.from({ length }, weight);
    return { name, dtype: 'F32', shape, bytes: Buffer.from(values.buffer) };
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, `${JSON.stringify(config, null, 2)}\n`);
  writeFileSync(join(folder, 'model.safetensors'), safetensorsBytes(tensors));
}
