import type { GraphValue, OnnxGraph } from '../device/onnxGraph.js';
import type { Checkpoint } from './checkpoint.js';
import { type ExpectedTensor, layerPrefix, layerTensors } from './modelTensors.js';

/** Adds the weights of one layer to a graph, and the operators that use them. */
export class LayerWeights {
  readonly #graph: OnnxGraph;
  readonly #checkpoint: Checkpoint;
  readonly #prefix: string;
  readonly #shapes: ReadonlyMap<string, ExpectedTensor['shape']>;

  constructor(graph: OnnxGraph, checkpoint: Checkpoint, layer: number) {
    this.#graph = graph;
    this.#checkpoint = checkpoint;
    this.#prefix = layerPrefix(layer);
    this.#shapes = new Map(layerTensors(checkpoint.config).map(({ name, shape }) => [name, shape]));
  }

  /** RMS norm over the last axis. */
  norm(name: string, value: GraphValue): GraphValue {
    const scale = this.#join([`${name}.weight`]);
    const weight = this.#graph.tensor([scale.length], scale);
    return rmsNorm(this.#graph, value, weight, this.#checkpoint.config.normEpsilon);
  }

  /** One product for linear layers that read the same value: `[rows][in]` to `[rows][all outs]`. */
  linear(names: readonly string[], value: GraphValue): GraphValue {
    const shapes = names.map((name) => this.#shapes.get(`${name}.weight`) ?? []);
    const out = shapes.reduce((sum, [rows = 0]) => sum + rows, 0);
    const into = shapes[0]?.[1] ?? 0;
    const weight = this.#graph.tensor([out, into], this.#join(names.map((name) => `${name}.weight`)));
    const biases = names.map((name) => `${name}.bias`).filter((name) => this.#shapes.has(name));
    const bias = biases.length === 0 ? [] : [this.#graph.tensor([out], this.#join(biases))];
    return this.#graph.node('Gemm', [value, weight, ...bias], { attributes: { transB: 1 } });
  }

  #join(names: readonly string[]): Float32Array {
    const lengths = names.map((name) => (this.#shapes.get(name) ?? []).reduce((a, b) => a * b, 1));
    const joined = new Float32Array(lengths.reduce((a, b) => a + b, 0));
    let start = 0;
    names.forEach((name, index) => {
      const end = start + (lengths[index] ?? 0);
      this.#checkpoint.readFloats(this.#prefix + name, joined.subarray(start, end));
      start = end;
    });
    return joined;
  }
}

/** value / sqrt(mean(value²) + epsilon) * weight, over the last axis. */
export function rmsNorm(
  graph: OnnxGraph,
  value: GraphValue,
  weight: GraphValue,
  epsilon: number,
): GraphValue {
  const attributes = { axis: -1, epsilon: { float: epsilon } };
  return graph.node('SimplifiedLayerNormalization', [value, weight], { attributes });
}
