import { type GraphValue, OnnxGraph } from '../../src/device/onnxGraph.js';
import type { Checkpoint } from '../../src/model/checkpoint.js';
import { LayerWeights, rmsNorm } from '../../src/model/layerWeights.js';
import { embeddingName, finalNormName, headName } from '../../src/model/modelTensors.js';

/** How the graph joins past and new keys, and computes attention over them. */
export type BaselineAttention = 'concat' | 'gqa';

/** The name of a layer's cache tensor: `past` is an input, `present` an output. */
export function cacheName(side: 'past' | 'present', half: 'k' | 'v', layer: number): string {
  return `${side}_${half}_${layer}`;
}

/** Computes attention in one layer from `[1][heads * headDim]` queries and the new key and value rows. */
type Attend = (layer: number, q: GraphValue, k: GraphValue, v: GraphValue) => GraphValue;

const elementInt32 = 6;
const pastTheEnd = 2 ** 40;

/**
 * The whole model as one graph that decodes one token: what one would write without kvtide.
 *
 * Inputs: `token` `[1]`; `cos` and `sin` `[1][headDim / 2]` of its position; for each layer `past_k_N` and
 * `past_v_N` `[1][kvHeads][past tokens][headDim]`; with `gqa` also `full_past` and `window_past` `[1]`, how
 * many tokens those hold. Outputs: `logits` `[1][vocabulary]`, and `present_k_N` and `present_v_N`.
 *
 * The caches of window layers hold at most window - 1 tokens, so no layer needs a mask.
 */
export function baselineGraph(checkpoint: Checkpoint, attention: BaselineAttention): Uint8Array {
  const { config } = checkpoint;
  const graph = new OnnxGraph();
  const token = graph.input('token', 'i64', [1]);
  const cos = graph.input('cos', 'f32', [1, config.headDim / 2]);
  const sin = graph.input('sin', 'f32', [1, config.headDim / 2]);
  const attend =
    attention === 'concat' ? concatAttention(graph, checkpoint) : gqaAttention(graph, checkpoint);
  const table = floats(graph, checkpoint, embeddingName, [config.vocabulary, config.hidden]);

  let hidden = graph.node('Gather', [table, token]);
  for (const [layer, { rope }] of config.layers.entries()) {
    const weights = new LayerWeights(graph, checkpoint, layer);
    let [q, k, v] = projections(graph, checkpoint, weights, hidden);
    if (rope) {
      q = rotate(graph, q, cos, sin);
      k = rotate(graph, k, cos, sin);
    }
    const attended = weights.linear(['self_attn.o_proj'], attend(layer, q, k, v));
    hidden = mlp(graph, checkpoint, weights, graph.node('Add', [hidden, attended]));
  }
  const scale = floats(graph, checkpoint, finalNormName, [config.hidden]);
  const normed = rmsNorm(graph, hidden, scale, config.normEpsilon);
  const head = config.tiedEmbeddings
    ? table
    : floats(graph, checkpoint, headName(config), [config.vocabulary, config.hidden]);
  const logits = graph.node('Gemm', [normed, head], { attributes: { transB: 1 } });
  graph.output('logits', 'f32', [1, config.vocabulary], logits);
  return graph.toBytes();
}

/** Concat of past and new rows, then MatMul, Softmax, MatMul with a KV head's queries as the rows. */
function concatAttention(graph: OnnxGraph, checkpoint: Checkpoint): Attend {
  const { heads, kvHeads, headDim, layers } = checkpoint.config;
  const rowShape = graph.integers([1, kvHeads, 1, headDim]);
  const queryShape = graph.integers([1, kvHeads, heads / kvHeads, headDim]);
  const flatShape = graph.integers([1, heads * headDim]);
  return (layer, q, k, v) => {
    const join = (half: 'k' | 'v', value: GraphValue): GraphValue => {
      const past = cacheInput(graph, checkpoint, half, layer);
      const row = graph.node('Reshape', [value, rowShape]);
      const joined = graph.node('Concat', [past, row], { attributes: { axis: 2 } });
      cacheOutput(graph, checkpoint, half, layer, joined);
      return joined;
    };
    const keys = join('k', k);
    const values = join('v', v);
    const queries = graph.node('Reshape', [q, queryShape]);
    const scores = graph.node('FusedMatMul', [queries, keys], {
      domain: 'com.microsoft',
      attributes: { transB: 1, alpha: { float: 1 / Math.sqrt(headDim) } },
    });
    const weighted = graph.node('MatMul', [graph.node('Softmax', [scores]), values]);
    if (layers[layer] === undefined) throw new RangeError(`the model has no layer ${layer}`);
    return graph.node('Reshape', [weighted, flatShape]);
  };
}

/** ONNX Runtime's own operator for cached attention, as its generation library uses it. */
function gqaAttention(graph: OnnxGraph, checkpoint: Checkpoint): Attend {
  const { heads, kvHeads, headDim, layers } = checkpoint.config;
  const int32 = (value: GraphValue): GraphValue =>
    graph.node('Cast', [value], { attributes: { to: elementInt32 } });
  const lengths = (name: string): [last: GraphValue, total: GraphValue] => {
    const past = graph.input(name, 'i64', [1]);
    return [int32(past), int32(graph.node('Add', [past, graph.integers([1])]))];
  };
  const full = lengths('full_past');
  const window = lengths('window_past');
  return (layer, q, k, v) => {
    const flat = (value: GraphValue): GraphValue => graph.node('Unsqueeze', [value, graph.integers([0])]);
    const past = (['k', 'v'] as const).map((half) => cacheInput(graph, checkpoint, half, layer));
    const [last, total] = layers[layer]?.kind === 'window' ? window : full;
    const inputs = [flat(q), flat(k), flat(v), ...past, last, total];
    const [attended = '', presentK = '', presentV = ''] = graph.nodes('GroupQueryAttention', inputs, {
      domain: 'com.microsoft',
      outputs: 3,
      attributes: { num_heads: heads, kv_num_heads: kvHeads },
    });
    cacheOutput(graph, checkpoint, 'k', layer, presentK);
    cacheOutput(graph, checkpoint, 'v', layer, presentV);
    return graph.node('Reshape', [attended, graph.integers([1, heads * headDim])]);
  };
}

function cacheInput(graph: OnnxGraph, { config }: Checkpoint, half: 'k' | 'v', layer: number): GraphValue {
  const name = cacheName('past', half, layer);
  return graph.input(name, 'f32', [1, config.kvHeads, `past_${layer}`, config.headDim]);
}

/** What goes back in as past; window layers drop what the next token does not see. */
function cacheOutput(
  graph: OnnxGraph,
  { config }: Checkpoint,
  half: 'k' | 'v',
  layer: number,
  joined: GraphValue,
): void {
  const attention = config.layers[layer];
  const name = cacheName('present', half, layer);
  const shape = [1, config.kvHeads, `present_${layer}`, config.headDim];
  if (attention?.kind !== 'window') {
    graph.output(name, 'f32', shape, joined);
    return;
  }
  const [from, to, axis] = [1 - attention.window, pastTheEnd, 2].map((value) => graph.integers([value]));
  if (from === undefined || to === undefined || axis === undefined) throw new RangeError('three constants');
  graph.output(name, 'f32', shape, graph.node('Slice', [joined, from, to, axis]));
}

function projections(
  graph: OnnxGraph,
  { config }: Checkpoint,
  weights: LayerWeights,
  hidden: GraphValue,
): [q: GraphValue, k: GraphValue, v: GraphValue] {
  const { heads, kvHeads, headDim } = config;
  const normed = weights.norm('input_layernorm', hidden);
  const joined = weights.linear(['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'], normed);
  const sizes = graph.integers([heads * headDim, kvHeads * headDim, kvHeads * headDim]);
  const [q = '', k = '', v = ''] = graph.nodes('Split', [joined, sizes], {
    outputs: 3,
    attributes: { axis: 1 },
  });
  return [q, k, v];
}

function rotate(graph: OnnxGraph, value: GraphValue, cos: GraphValue, sin: GraphValue): GraphValue {
  const first = graph.integers([0]);
  const whole = graph.node('Unsqueeze', [value, first]);
  const rotated = graph.node('RotaryEmbedding', [whole, first, cos, sin], { domain: 'com.microsoft' });
  return graph.node('Squeeze', [rotated, first]);
}

function mlp(
  graph: OnnxGraph,
  { config }: Checkpoint,
  weights: LayerWeights,
  residual: GraphValue,
): GraphValue {
  const normed = weights.norm('post_attention_layernorm', residual);
  const gateUp = weights.linear(['mlp.gate_proj', 'mlp.up_proj'], normed);
  const sizes = graph.integers([config.intermediate, config.intermediate]);
  const [gate = '', up = ''] = graph.nodes('Split', [gateUp, sizes], { outputs: 2, attributes: { axis: 1 } });
  // x * sigmoid(1 * x) is SiLU.
  const silu = graph.node('QuickGelu', [gate], {
    domain: 'com.microsoft',
    attributes: { alpha: { float: 1 } },
  });
  const mixed = weights.linear(['mlp.down_proj'], graph.node('Mul', [silu, up]));
  return graph.node('Add', [residual, mixed]);
}

function floats(
  graph: OnnxGraph,
  checkpoint: Checkpoint,
  name: string,
  shape: readonly number[],
): GraphValue {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  checkpoint.readFloats(name, values);
  return graph.tensor(shape, values);
}
