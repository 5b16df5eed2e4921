import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { openOrtSession } from '../../src/device/ortSession.js';
import { Checkpoint } from '../../src/model/checkpoint.js';
import { segmentGraph, segmentsOf } from '../../src/model/segmentGraph.js';
import { writeCheckpoint } from '../support/writeCheckpoint.js';

const rows = 256;
/** Row counts, and the row at which each starts: a row's bits may depend on neither. */
const cuts = [
  [2, 0],
  [2, 131],
  [3, 7],
  [41, 0],
  [41, 100],
  [256, 0],
] as const;

const models = {
  'sizes of real models': { hidden_size: 256, intermediate_size: 704, num_attention_heads: 8, head_dim: 32 },
  'sizes that fill no vector': {
    hidden_size: 42,
    intermediate_size: 37,
    num_attention_heads: 3,
    num_key_value_heads: 3,
  },
  'deep sums': {
    hidden_size: 600,
    intermediate_size: 1100,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    head_dim: 160,
  },
  'q and k norms, biases': {
    model_type: 'qwen3',
    architectures: undefined,
    attention_bias: true,
    head_dim: 24,
  },
};

/** Inputs whose rows are not their first axis. */
const rowAxis = new Map([['attention', 1]]);

function inputsOf(session: InferenceSession): Map<string, Tensor> {
  return new Map(
    session.inputMetadata.map((meta, seed) => {
      const shape = meta.isTensor ? meta.shape.map((size) => (typeof size === 'number' ? size : rows)) : [];
      const count = shape.reduce((a, b) => a * b, 1);
      const values = Float32Array.from(
        { length: count },
        (_, i) => Math.sin(i * (seed + 1.3)) + Math.cos(i * 0.37),
      );
      return [meta.name, new Tensor('float32', values, shape)];
    }),
  );
}

/** Rows `[from, from + count)` of a tensor along an axis. */
function cut(tensor: Tensor, axis: number, from: number, count: number): Tensor {
  const outer = tensor.dims.slice(0, axis).reduce((a, b) => a * b, 1);
  const inner = tensor.dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const length = tensor.dims[axis] ?? 0;
  const data = tensor.data as Float32Array;
  const pieces = Array.from({ length: outer }, (_, index) => [
    ...data.subarray((index * length + from) * inner, (index * length + from + count) * inner),
  ]);
  const dims = tensor.dims.map((size, index) => (index === axis ? count : size));
  return new Tensor('float32', Float32Array.from(pieces.flat()), dims);
}

/** q is `[kvHeads][rows * group][headDim]`: its rows are `group` rows of the second axis. */
function cutOutput(name: string, tensor: Tensor, from: number, count: number): Tensor {
  if (name !== 'q') return cut(tensor, 0, from, count);
  const group = (tensor.dims[1] ?? 0) / rows;
  return cut(tensor, 1, from * group, count * group);
}

describe.each(Object.entries(models))('dense graphs, %s', (_, config) => {
  it('give a row the same bits for any number of rows and one or two threads', async () => {
    const checkpoint = Checkpoint.open(writeCheckpoint({ config }));
    for (const segment of segmentsOf({ from: 0, to: 2 }, true)) {
      const graph = segmentGraph(checkpoint, segment, 'f32');
      const sessions = [await openOrtSession(graph, 1, 'a test'), await openOrtSession(graph, 2, 'a test')];
      const [single] = sessions;
      if (single === undefined) throw new Error('no session');
      const inputs = inputsOf(single);
      const whole = await single.run(Object.fromEntries(inputs));
      for (const session of sessions) {
        for (const [count, from] of cuts) {
          const part = [...inputs].map(([name, tensor]) => [
            name,
            cut(tensor, rowAxis.get(name) ?? 0, from, count),
          ]);
          const outputs = await session.run(Object.fromEntries(part) as Record<string, Tensor>);
          for (const name of session.outputNames) {
            const expected = cutOutput(name, whole[name] as Tensor, from, count);
            expect(
              Buffer.compare(bytes(outputs[name] as Tensor), bytes(expected)),
              `${name}, ${count} rows`,
            ).toBe(0);
          }
        }
        await session.release();
      }
    }
    checkpoint.close();
  });
});

function bytes(tensor: Tensor): Buffer {
  const data = tensor.data as Float32Array;
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
