import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { halfFloats } from '../../src/device/halfFloats.js';
import { keyBounds } from '../../src/device/keyBounds.js';
import { PageScores } from '../../src/device/pageScores.js';

const shape = { kvHeads: 2, headDim: 4, blockTokens: 16 } as const;
const floats = shape.kvHeads * shape.blockTokens * shape.headDim;
const rows = 3;
const finite = fc.float({ min: -50, max: 50, noNaN: true });
const arrayOf = (length: number) =>
  fc.array(finite, { minLength: length, maxLength: length }).map((values) => Float32Array.from(values));

function bytes(values: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(values.buffer);
}

/** The scores themselves: `[kvHeads * rows][blockTokens]`. */
function scores(q: Float32Array, k: ArrayLike<number>): number[][] {
  const { kvHeads, headDim, blockTokens } = shape;
  return Array.from({ length: kvHeads * rows }, (_, row) =>
    Array.from({ length: blockTokens }, (_key, token) => {
      const head = Math.floor(row / rows);
      let sum = 0;
      for (let channel = 0; channel < headDim; channel += 1) {
        sum += q[row * headDim + channel]! * k[(head * blockTokens + token) * headDim + channel]!;
      }
      return sum / Math.sqrt(headDim);
    }),
  );
}

function boundsOf(q: Float32Array, bounds: Float32Array): Float64Array {
  const scorer = new PageScores({ values: q, rows }, shape.kvHeads, shape.headDim);
  const into = new Float64Array(2 + scorer.rows);
  scorer.write(Float32Array.of(7, ...bounds), 1, into, 2);
  return into.subarray(2);
}

describe('keyBounds', () => {
  it('give each query row a score that no key of the page exceeds', () => {
    fc.assert(
      fc.property(arrayOf(shape.kvHeads * rows * shape.headDim), arrayOf(floats), (q, k) => {
        const limits = boundsOf(q, keyBounds(bytes(k), { ...shape, dtype: 'f32' }));
        for (const [row, own] of scores(q, k).entries()) {
          expect(limits[row]).toBeGreaterThanOrEqual(Math.max(...own) - 1e-9);
        }
      }),
    );
  });

  it('are the score itself where all keys are alike', () => {
    const one = [3, -2, 0.5, 1];
    const k = Float32Array.from({ length: floats }, (_, at) => one[at % 4]!);
    const q = Float32Array.from({ length: shape.kvHeads * rows * 4 }, (_, at) => ((at * 7) % 5) - 2);
    const limits = boundsOf(q, keyBounds(bytes(k), { ...shape, dtype: 'f32' }));
    for (const [row, own] of scores(q, k).entries()) expect(limits[row]).toBeCloseTo(own[0]!, 9);
  });

  it('are the least and the largest of each channel, also of 16-bit keys', () => {
    // 1, 2, 4, 8 in half precision, and -0.5 once in the last token's second channel of the first head.
    const k = new Uint16Array(floats).fill(0x3c00);
    for (let at = 0; at < floats; at += 1) k[at]! += 0x400 * (at % 4);
    k[15 * 4 + 1] = 0xb800;
    expect([...keyBounds(bytes(k), { ...shape, dtype: 'f16' })]).toEqual([
      ...[1, -0.5, 4, 8, 1, 2, 4, 8],
      ...[1, 2, 4, 8, 1, 2, 4, 8],
    ]);
  });
});

describe('halfFloats', () => {
  it('has every kind of number', () => {
    const table = halfFloats();
    expect([0x3555, 0x0001, 0x7bff, 0xc000, 0x7c00].map((bits) => table[bits])).toEqual([
      Math.fround(0.333251953125),
      2 ** -24,
      65504,
      -2,
      Number.POSITIVE_INFINITY,
    ]);
    expect(table[0x7e00]).toBeNaN();
  });
});
