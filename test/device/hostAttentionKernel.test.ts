import { describe, expect, it } from 'vitest';
import { halfPageBytes, type KvDtype } from '../../src/core/geometry.js';
import type { Queries } from '../../src/device/attentionKernel.js';
import type { AttentionShape } from '../../src/device/host/attentionGraph.js';
import { HostAttentionKernel } from '../../src/device/host/hostAttentionKernel.js';
import { PagePlanes } from '../../src/device/pagePlanes.js';
import { HeapSlab } from '../support/heapSlab.js';

const pages = 5;
const blockTokens = 16;

interface Partial {
  readonly o: Float32Array;
  readonly lse: Float32Array;
}

function shapeOf(kvHeads: number, group: number, headDim: number, dtype: KvDtype = 'f32'): AttentionShape {
  return { kvHeads, group, headDim, blockTokens, dtype };
}

const wave = (index: number): number => Math.sin(index * 0.7) + Math.cos(index * index * 0.013);

/** A slab full of numbers, and the same numbers as the oracle reads them. */
function filledPlanes(shape: AttentionShape) {
  const geometry = { ...shape, layers: [], layoutVersion: 1 };
  const planes = new PagePlanes(new HeapSlab(pages * 2 * halfPageBytes(geometry)), geometry);
  const fill = (bytes: Uint8Array, seed: number): number[] => {
    const count = bytes.byteLength / (shape.dtype === 'f32' ? 4 : 2);
    if (shape.dtype === 'f32') {
      const floats = new Float32Array(bytes.buffer, bytes.byteOffset, count);
      floats.forEach((_, index) => {
        floats[index] = wave(index + seed);
      });
      return [...floats];
    }
    // Eighths from -2 to 2 are exact in f16: sign, exponent 15 + e, fraction.
    const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, count);
    return Array.from(halves, (_, index) => {
      const fraction = (index * 7 + seed) % 8;
      const sign = index % 3 === 0 ? -1 : 1;
      halves[index] = (sign < 0 ? 0x8000 : 0) | (15 << 10) | (fraction << 7);
      return sign * (1 + fraction / 8);
    });
  };
  return { planes, k: fill(planes.k(0, pages), 0), v: fill(planes.v(0, pages), 5) };
}

function queriesOf(shape: AttentionShape, position: number, tokens: number, window: number | null): Queries {
  const rows = Math.max(2, tokens * shape.group);
  const values = Float32Array.from({ length: shape.kvHeads * rows * shape.headDim }, (_, i) => wave(i * 3));
  return { values, rows, position, tokens, window };
}

async function attend(
  shape: AttentionShape,
  planes: PagePlanes,
  queries: Queries,
  runs: readonly (readonly number[])[],
  threads = 1,
): Promise<Map<number, Partial>> {
  const kernel = await HostAttentionKernel.open(shape, planes, { prefill: threads, decode: threads });
  const partials = new Map<number, Partial>();
  const size = shape.kvHeads * queries.rows;
  for (const blocks of runs) {
    await kernel.attend(queries, blocks[0] ?? 0, blocks, (block, o, oStart, lse, lseStart) => {
      expect(partials.has(block)).toBe(false);
      partials.set(block, {
        o: o.slice(oStart, oStart + size * shape.headDim),
        lse: lse.slice(lseStart, lseStart + size),
      });
    });
  }
  await kernel.close();
  return partials;
}

/** Attention of one row to one page in float64; null where it sees nothing. */
function oracle(
  { kvHeads, headDim }: AttentionShape,
  { k, v }: { k: number[]; v: number[] },
  q: Float32Array,
  head: number,
  block: number,
  visible: (position: number) => boolean,
) {
  const keys = Array.from({ length: blockTokens }, (_, key) => key).filter((key) =>
    visible(block * blockTokens + key),
  );
  if (keys.length === 0) return null;
  const at = (key: number): number => ((block * kvHeads + head) * blockTokens + key) * headDim;
  const scores = keys.map(
    (key) => q.reduce((sum, value, i) => sum + value * (k[at(key) + i] ?? 0), 0) / Math.sqrt(headDim),
  );
  const largest = Math.max(...scores);
  const sum = scores.reduce((total, score) => total + Math.exp(score - largest), 0);
  const o = Array.from(q, (_, i) =>
    keys.reduce(
      (total, key, n) => total + (Math.exp((scores[n] ?? 0) - largest) / sum) * (v[at(key) + i] ?? 0),
      0,
    ),
  );
  return { o, lse: largest + Math.log(sum) };
}

const everything = Array.from({ length: pages }, (_, block) => block);

describe('host attention kernel', () => {
  it.each<[string, AttentionShape, number, number, number | null]>([
    ['GQA, prefill', shapeOf(2, 2, 8), 64, 16, null],
    ['GQA, prefill from the middle of a block', shapeOf(2, 3, 8), 69, 5, null],
    ['GQA, one token', shapeOf(2, 2, 8), 70, 1, null],
    ['MHA, one token', shapeOf(3, 1, 6), 79, 1, null],
    ['MHA, prefill', shapeOf(3, 1, 6), 64, 16, null],
    ['MQA, one token', shapeOf(1, 4, 32), 64, 1, null],
    ['one head, one token', shapeOf(1, 1, 16), 0, 1, null],
    ['window over blocks, prefill', shapeOf(2, 2, 8), 64, 16, 40],
    ['window inside a block, prefill', shapeOf(2, 1, 8), 64, 16, 5],
    ['window, one token', shapeOf(1, 2, 8), 75, 1, 20],
    ['window that ends where a block does', shapeOf(1, 2, 8), 79, 1, 32],
    ['window of one', shapeOf(1, 2, 8), 64, 16, 1],
    ['f16 pages', shapeOf(2, 2, 8, 'f16'), 64, 16, 40],
    ['f16 pages, one token', shapeOf(1, 1, 8, 'f16'), 66, 1, null],
  ])('%s agrees with float64', async (_, shape, position, tokens, window) => {
    const filled = filledPlanes(shape);
    const queries = queriesOf(shape, position, tokens, window);
    const partials = await attend(shape, filled.planes, queries, [everything]);
    const { kvHeads, group, headDim } = shape;
    let seen = 0;
    for (const block of everything) {
      const partial = partials.get(block);
      for (let row = 0; row < kvHeads * queries.rows; row += 1) {
        const head = Math.floor(row / queries.rows);
        const token = Math.min(tokens - 1, Math.floor((row % queries.rows) / group));
        const at = position + token;
        const q = queries.values.subarray(row * headDim, (row + 1) * headDim);
        const exact = oracle(
          shape,
          filled,
          q,
          head,
          block,
          (key) => key <= at && (window === null || key > at - window),
        );
        if (exact === null) {
          expect(partial?.lse[row] ?? Number.NEGATIVE_INFINITY).toBe(Number.NEGATIVE_INFINITY);
          continue;
        }
        seen += 1;
        expect(partial?.lse[row]).toBeCloseTo(exact.lse, 4);
        exact.o.forEach((value, i) => {
          expect(partial?.o[row * headDim + i]).toBeCloseTo(value, 4);
        });
      }
    }
    expect(seen).toBeGreaterThan(0);
  });

  it('has the same bits for any cut into runs, and for one and two threads', async () => {
    for (const shape of [shapeOf(1, 1, 16), shapeOf(1, 2, 256), shapeOf(2, 3, 8)]) {
      const { planes } = filledPlanes(shape);
      for (const queries of [queriesOf(shape, 64, 16, null), queriesOf(shape, 70, 1, null)]) {
        const whole = await attend(shape, planes, queries, [everything]);
        const single = everything.map((block) => [block]);
        for (const threads of [1, 2]) {
          expect(await attend(shape, planes, queries, single, threads)).toEqual(whole);
          expect(
            await attend(
              shape,
              planes,
              queries,
              [
                [3, 4],
                [0, 1, 2],
              ],
              threads,
            ),
          ).toEqual(whole);
        }
      }
    }
  });

  it('what lies behind a mask does not count, whatever it is', async () => {
    const shape = shapeOf(2, 2, 8);
    const { planes } = filledPlanes(shape);
    const queries = queriesOf(shape, 66, 1, null);
    const before = await attend(shape, planes, queries, [[4]]);
    const v = planes.v(4, 1);
    const floats = new Float32Array(v.buffer, v.byteOffset, v.byteLength / 4);
    for (let head = 0; head < 2; head += 1) floats.fill(3e38, (head * 16 + 3) * 8, (head + 1) * 16 * 8);
    expect(await attend(shape, planes, queries, [[4]])).toEqual(before);
  });

  it('does nothing for an empty list, and not for pages that no row sees', async () => {
    const shape = shapeOf(2, 2, 8);
    const { planes } = filledPlanes(shape);
    expect((await attend(shape, planes, queriesOf(shape, 64, 4, null), [[]])).size).toBe(0);
    expect([...(await attend(shape, planes, queriesOf(shape, 64, 4, 16), [everything])).keys()]).toEqual([
      3, 4,
    ]);
  });

  it('refuses a query row that stands alone', async () => {
    const shape = shapeOf(1, 1, 8);
    const queries = { ...queriesOf(shape, 0, 1, null), rows: 1 };
    await expect(attend(shape, filledPlanes(shape).planes, queries, [[0]])).rejects.toThrow('two query rows');
  });
});
