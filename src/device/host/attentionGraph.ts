import type { KvDtype } from '../../core/geometry.js';
import { type GraphValue, OnnxGraph } from '../onnxGraph.js';

/** What the kernel needs to know of a model. */
export interface AttentionShape {
  readonly kvHeads: number;
  /** Query heads a KV head. */
  readonly group: number;
  readonly headDim: number;
  readonly blockTokens: number;
  readonly dtype: KvDtype;
}

/** Large enough that every score vanishes beside it, small enough to stay finite. */
export const hiddenScore = 1e30;

/**
 * Partial attention over a run of pages: q `[1][kvHeads][rows][d]`, k and v `[pages][kvHeads][block][d]`
 * to o `[pages][kvHeads][rows][d]`, and the largest score and the largest probability of every row,
 * `[pages][kvHeads][rows]`.
 *
 * The largest probability is 1 / (sum of exponentials), which gives the logarithm of the sum. It is taken
 * outside: ONNX Runtime's Log gives the last few elements of a tensor other bits than the rest.
 */
export function runGraph(shape: AttentionShape): Uint8Array {
  const graph = new OnnxGraph();
  const { scores, v } = scoresOf(graph, shape, 'pages');
  const probabilities = graph.node('Softmax', [scores], { attributes: { axis: -1 } });
  finish(graph, shape, 'pages', scores, probabilities, probabilities, v);
  return graph.toBytes();
}

/**
 * The same for one page of which a part is hidden: `mask` `[tokens][1][block]` is 1 where a token sees a
 * key. Hidden probabilities are multiplied by 0, because a softmax may leave denormals there, and these
 * would count what a value holds that is not to be read.
 */
export function maskedGraph(shape: AttentionShape): Uint8Array {
  const { kvHeads, group, blockTokens } = shape;
  const graph = new OnnxGraph();
  const { scores: plain, v } = scoresOf(graph, shape, 1);
  const mask = graph.input('mask', 'f32', ['tokens', 1, blockTokens]);
  const one = graph.tensor([1], Float32Array.of(1));
  const large = graph.tensor([1], Float32Array.of(hiddenScore));
  const bias = graph.node('Mul', [graph.node('Sub', [mask, one]), large]);
  const byToken = graph.integers([kvHeads, -1, group, blockTokens]);
  const scores = graph.node('Add', [graph.node('Reshape', [plain, byToken]), bias]);
  const soft = graph.node('Softmax', [scores], { attributes: { axis: -1 } });
  const visible = graph.node('Mul', [soft, mask]);
  const byRow = graph.integers([1, kvHeads, -1, blockTokens]);
  const asRows = (value: GraphValue): GraphValue => graph.node('Reshape', [value, byRow]);
  finish(graph, shape, 1, asRows(scores), asRows(soft), asRows(visible), v);
  return graph.toBytes();
}

/**
 * The same for the rows of one token a page, which all see the same keys of it: q is `[pages][kvHeads][rows][d]`,
 * `mask` as above and `bias`, 0 for a key that is seen and -hiddenScore for one that is not, both
 * `[pages][1][1][block]`. Fewer operators, the same sums.
 */
export function oneTokenGraph(shape: AttentionShape): Uint8Array {
  const graph = new OnnxGraph();
  const { scores: plain, v } = scoresOf(graph, shape, 'pages', 'pages');
  const mask = graph.input('mask', 'f32', ['pages', 1, 1, shape.blockTokens]);
  const bias = graph.input('bias', 'f32', ['pages', 1, 1, shape.blockTokens]);
  const scores = graph.node('Add', [plain, bias]);
  const soft = graph.node('Softmax', [scores], { attributes: { axis: -1 } });
  finish(graph, shape, 'pages', scores, soft, graph.node('Mul', [soft, mask]), v);
  return graph.toBytes();
}

function scoresOf(
  graph: OnnxGraph,
  shape: AttentionShape,
  pages: number | string,
  asking: number | string = 1,
) {
  const { kvHeads, headDim, blockTokens, dtype } = shape;
  const q = graph.input('q', 'f32', [asking, kvHeads, 'rows', headDim]);
  const dimensions = [pages, kvHeads, blockTokens, headDim];
  const widen = (value: GraphValue): GraphValue =>
    dtype === 'f32' ? value : graph.node('Cast', [value], { attributes: { to: 1 } });
  const k = widen(graph.input('k', dtype, dimensions));
  const v = widen(graph.input('v', dtype, dimensions));
  const scores = graph.node('FusedMatMul', [q, k], {
    domain: 'com.microsoft',
    attributes: { transB: 1, alpha: { float: 1 / Math.sqrt(headDim) } },
  });
  return { scores, v };
}

function finish(
  graph: OnnxGraph,
  { kvHeads, headDim }: AttentionShape,
  pages: number | string,
  scores: GraphValue,
  soft: GraphValue,
  visible: GraphValue,
  v: GraphValue,
): void {
  const lastAxis = graph.integers([-1]);
  const largest = (value: GraphValue): GraphValue =>
    graph.node('ReduceMax', [value, lastAxis], { attributes: { keepdims: 0 } });
  const dimensions = [pages, kvHeads, 'rows'];
  graph.output('o', 'f32', [pages, kvHeads, 'rows', headDim], graph.node('MatMul', [visible, v]));
  graph.output('score', 'f32', dimensions, largest(scores));
  graph.output('probability', 'f32', dimensions, largest(soft));
}
