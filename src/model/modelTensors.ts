import type { LayerRange } from '../core/layerRange.js';
import type { ModelConfig } from './modelConfig.js';

/** A tensor that the config calls for. */
export interface ExpectedTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

export const embeddingName = 'model.embed_tokens.weight';
export const finalNormName = 'model.norm.weight';

/** The tensor that turns hidden states into logits. */
export function headName(config: ModelConfig): string {
  return config.tiedEmbeddings ? embeddingName : 'lm_head.weight';
}

export function layerPrefix(layer: number): string {
  return `model.layers.${layer}.`;
}

/** The tensors of one layer, by their names after the layer's prefix. */
export function layerTensors(config: ModelConfig): ExpectedTensor[] {
  const { hidden, intermediate, heads, kvHeads, headDim, bias } = config;
  const linear = (name: string, out: number, into: number, hasBias: boolean): ExpectedTensor[] => [
    { name: `${name}.weight`, shape: [out, into] },
    ...(hasBias ? [{ name: `${name}.bias`, shape: [out] }] : []),
  ];
  const norm = (name: string, size: number): ExpectedTensor => ({ name: `${name}.weight`, shape: [size] });
  return [
    norm('input_layernorm', hidden),
    ...linear('self_attn.q_proj', heads * headDim, hidden, bias.qkv),
    ...linear('self_attn.k_proj', kvHeads * headDim, hidden, bias.qkv),
    ...linear('self_attn.v_proj', kvHeads * headDim, hidden, bias.qkv),
    ...(config.qkNorm ? [norm('self_attn.q_norm', headDim), norm('self_attn.k_norm', headDim)] : []),
    ...linear('self_attn.o_proj', hidden, heads * headDim, bias.attentionOutput),
    norm('post_attention_layernorm', hidden),
    ...linear('mlp.gate_proj', intermediate, hidden, bias.mlp),
    ...linear('mlp.up_proj', intermediate, hidden, bias.mlp),
    ...linear('mlp.down_proj', hidden, intermediate, bias.mlp),
  ];
}

/** Every tensor that a worker with these layers reads: the first stage embeds, the last one has the head. */
export function tensorsOf(config: ModelConfig, layers: LayerRange): ExpectedTensor[] {
  const table = [config.vocabulary, config.hidden];
  const tensors = new Map<string, ExpectedTensor>();
  const want = (tensor: ExpectedTensor): void => {
    tensors.set(tensor.name, tensor);
  };
  if (layers.from === 0) want({ name: embeddingName, shape: table });
  for (let layer = layers.from; layer < layers.to; layer += 1) {
    for (const { name, shape } of layerTensors(config)) want({ name: layerPrefix(layer) + name, shape });
  }
  if (layers.to === config.layers.length) {
    want({ name: finalNormName, shape: [config.hidden] });
    want({ name: headName(config), shape: table });
  }
  return [...tensors.values()];
}
