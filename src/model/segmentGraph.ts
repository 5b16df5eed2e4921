import type { KvDtype } from '../core/geometry.js';
import { type GraphValue, OnnxGraph } from '../device/onnxGraph.js';
import type { Checkpoint } from './checkpoint.js';
import { LayerWeights, rmsNorm } from './layerWeights.js';
import { finalNormName, headName } from './modelTensors.js';

/**
 * What lies between two attentions: the end of the layer before (`after`), then the start of the next one
 * (`before`). The first segment of a stage has only a start, the last one only an end, and after the
 * model's last layer comes the head. One session run a segment instead of two a layer.
 */
export interface Segment {
  readonly after: number | null;
  readonly before: number | null;
  readonly head: boolean;
}

/** The segments of a stage, one more than it has layers. */
export function segmentsOf(layers: { readonly from: number; readonly to: number }, last: boolean): Segment[] {
  return Array.from({ length: layers.to - layers.from + 1 }, (_, index) => ({
    after: index === 0 ? null : layers.from + index - 1,
    before: layers.from + index < layers.to ? layers.from + index : null,
    head: last && layers.from + index === layers.to,
  }));
}

/**
 * The graph of a segment. `rows` are tokens, at least 2.
 *
 * Inputs: `hidden` `[rows][hidden]`; with `after` also `attention` `[kvHeads][rows][group * headDim]`; with
 * a rotating `before` also `cos` and `sin` `[rows][headDim / 2]`. Outputs: with `before` `q`
 * `[kvHeads][rows * group][headDim]`, and `k` and `v` `[rows][kvHeads * headDim]` in the dtype of pages;
 * with `after` also `hidden_out` `[rows][hidden]`, or with `head` only `logits` `[rows][vocabulary]`.
 */
export function segmentGraph(checkpoint: Checkpoint, segment: Segment, dtype: KvDtype): Uint8Array {
  const { config } = checkpoint;
  const graph = new OnnxGraph();
  let hidden = graph.input('hidden', 'f32', ['rows', config.hidden]);
  if (segment.after !== null) hidden = addLayerEnd(graph, checkpoint, segment.after, hidden);
  if (segment.before !== null) addLayerStart(graph, checkpoint, segment.before, hidden, dtype);
  if (segment.head) {
    addHead(graph, checkpoint, hidden);
  } else if (segment.after !== null) {
    graph.output('hidden_out', 'f32', ['rows', config.hidden], hidden);
  }
  return graph.toBytes();
}

function addLayerStart(
  graph: OnnxGraph,
  checkpoint: Checkpoint,
  layer: number,
  hidden: GraphValue,
  dtype: KvDtype,
): void {
  const { heads, kvHeads, headDim, qkNorm, layers } = checkpoint.config;
  const group = heads / kvHeads;
  const weights = new LayerWeights(graph, checkpoint, layer);
  const normed = weights.norm('input_layernorm', hidden);
  const projected = weights.linear(['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'], normed);
  const sizes = graph.integers([heads * headDim, kvHeads * headDim, kvHeads * headDim]);
  const split = graph.nodes('Split', [projected, sizes], { outputs: 3, attributes: { axis: 1 } });
  let [q = '', k = '', v = ''] = split;
  if (qkNorm) {
    const normHeads = (name: string, value: GraphValue, count: number): GraphValue => {
      const single = graph.node('Reshape', [value, graph.integers([-1, headDim])]);
      return graph.node('Reshape', [weights.norm(name, single), graph.integers([-1, count * headDim])]);
    };
    q = normHeads('self_attn.q_norm', q, heads);
    k = normHeads('self_attn.k_norm', k, kvHeads);
  }
  if (layers[layer]?.rope ?? true) {
    const cos = graph.input('cos', 'f32', ['rows', headDim / 2]);
    const sin = graph.input('sin', 'f32', ['rows', headDim / 2]);
    const rotate = (value: GraphValue, count: number): GraphValue => {
      const whole = graph.node('Reshape', [value, graph.integers([1, -1, count * headDim])]);
      const rotated = graph.node('RotaryEmbedding', [whole, graph.integers([0]), cos, sin], {
        domain: 'com.microsoft',
      });
      return graph.node('Reshape', [rotated, graph.integers([-1, count * headDim])]);
    };
    q = rotate(q, heads);
    k = rotate(k, kvHeads);
  }
  const byToken = graph.node('Reshape', [q, graph.integers([-1, kvHeads, group * headDim])]);
  const byHead = graph.node('Transpose', [byToken], { attributes: { perm: [1, 0, 2] } });
  const rows = graph.node('Reshape', [byHead, graph.integers([kvHeads, -1, headDim])]);
  graph.output('q', 'f32', [kvHeads, 'queries', headDim], rows);
  const store = (name: string, value: GraphValue): void => {
    const stored = dtype === 'f32' ? value : graph.node('Cast', [value], { attributes: { to: 10 } });
    graph.output(name, dtype, ['rows', kvHeads * headDim], stored);
  };
  store('k', k);
  store('v', v);
}

function addLayerEnd(
  graph: OnnxGraph,
  checkpoint: Checkpoint,
  layer: number,
  residual: GraphValue,
): GraphValue {
  const { heads, kvHeads, headDim, intermediate } = checkpoint.config;
  const weights = new LayerWeights(graph, checkpoint, layer);
  const attention = graph.input('attention', 'f32', [kvHeads, 'rows', (heads / kvHeads) * headDim]);
  const byToken = graph.node('Transpose', [attention], { attributes: { perm: [1, 0, 2] } });
  const joined = graph.node('Reshape', [byToken, graph.integers([-1, heads * headDim])]);
  const attended = graph.node('Add', [residual, weights.linear(['self_attn.o_proj'], joined)]);
  const normed = weights.norm('post_attention_layernorm', attended);
  const gateUp = weights.linear(['mlp.gate_proj', 'mlp.up_proj'], normed);
  const sizes = graph.integers([intermediate, intermediate]);
  const [gate = '', up = ''] = graph.nodes('Split', [gateUp, sizes], { outputs: 2, attributes: { axis: 1 } });
  // x * sigmoid(1 * x) is SiLU.
  const silu = graph.node('QuickGelu', [gate], {
    domain: 'com.microsoft',
    attributes: { alpha: { float: 1 } },
  });
  const mixed = weights.linear(['mlp.down_proj'], graph.node('Mul', [silu, up]));
  return graph.node('Add', [attended, mixed]);
}

function addHead(graph: OnnxGraph, checkpoint: Checkpoint, hidden: GraphValue): void {
  const { config } = checkpoint;
  const scale = new Float32Array(config.hidden);
  checkpoint.readFloats(finalNormName, scale);
  const normed = rmsNorm(graph, hidden, graph.tensor([config.hidden], scale), config.normEpsilon);
  const table = new Float32Array(config.vocabulary * config.hidden);
  checkpoint.readFloats(headName(config), table);
  const weight = graph.tensor([config.vocabulary, config.hidden], table);
  const logits = graph.node('Gemm', [normed, weight], { attributes: { transB: 1 } });
  graph.output('logits', 'f32', ['rows', config.vocabulary], logits);
}
