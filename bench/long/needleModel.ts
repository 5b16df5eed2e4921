import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkConfigFile } from '../../src/model/configSchema.js';
import { tensorsOf } from '../../src/model/modelTensors.js';
import { parseConfig } from '../../src/model/parseConfig.js';
import { safetensorsBytes } from '../support/safetensorsBytes.js';
import { needleTensors, ropeTheta } from './needleTensors.js';
import { needleTokens } from './needleTokens.js';

export interface NeedleModelOptions {
  /** A power of two from 16; the KV of a token takes so many floats four times. Default 16. */
  readonly headDim?: number;
}

/** Keys that a token of the lower layer sees; it looks at the one before its own. */
export const needleWindow = 128;
/** Below this position float32 holds every angle exactly. */
const maxPositions = 2 ** 24;
/** The MLPs add nothing; they are as narrow as they can be. */
const intermediate = 2;

/**
 * Writes the checkpoint of a transformer whose weights are constructed. Its lower layer slides, rotates and
 * tells each token which one came before it; its upper layer has full attention without rotation and looks
 * the value up that came after the key that was asked for. As attention of the model's last layer is computed
 * only where its output is read, a prefill takes time that is linear in the context. See {@link needleTensors}.
 */
export function writeNeedleModel(folder: string, { headDim = 16 }: NeedleModelOptions = {}): void {
  const config = {
    architectures: ['SmolLM3ForCausalLM'],
    model_type: 'smollm3',
    vocab_size: needleTokens.vocabulary,
    hidden_size: 4 * headDim,
    intermediate_size: intermediate,
    num_hidden_layers: 2,
    num_attention_heads: 1,
    num_key_value_heads: 1,
    head_dim: headDim,
    hidden_act: 'silu',
    rms_norm_eps: 1e-6,
    max_position_embeddings: maxPositions,
    rope_theta: ropeTheta(headDim),
    tie_word_embeddings: false,
    use_sliding_window: true,
    sliding_window: needleWindow,
    layer_types: ['sliding_attention', 'full_attention'],
    no_rope_layers: [1, 0],
  };
  const path = join(folder, 'config.json');
  const parsed = parseConfig(checkConfigFile(config, path), {}, path);
  const weights = needleTensors(headDim);
  const tensors = tensorsOf(parsed, { from: 0, to: parsed.layers.length }).map(({ name, shape }) => {
    const length = shape.reduce((product, size) => product * size, 1);
    const values = weights.get(name) ?? new Float32Array(length);
    if (values.length !== length) throw new RangeError(`${name} has ${values.length} of ${length} weights`);
    return { name, dtype: 'F32', shape, bytes: Buffer.from(values.buffer) };
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, `${JSON.stringify(config, null, 2)}\n`);
  writeFileSync(join(folder, 'model.safetensors'), safetensorsBytes(tensors));
}
