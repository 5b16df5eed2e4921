import { expect, it } from 'vitest';
import type { LayerAttention } from '../../src/core/geometry.js';
import type { PagePlace } from '../../src/tiers/tierStack.js';
import { loadMsOf, prefixLoads } from '../../src/worker/prefixLoads.js';

const full: LayerAttention = { kind: 'full', rope: true };
/** Of 17 keys: the block before the end is needed, and one key of the block before that. */
const window: LayerAttention = { kind: 'window', window: 18, rope: true };

/** One letter a block: m in memory, d on disk, - nowhere. */
function loadsOf(layers: readonly [LayerAttention, string][], blocks: number): number[] {
  const places: Record<string, PagePlace> = { m: 'memory', d: 'disk', '-': 'nowhere' };
  const placeOf = (layer: number, block: number) => places[layers[layer]![1][block]!]!;
  return [
    ...prefixLoads(
      layers.map(([attention]) => attention),
      16,
      blocks,
      10,
      placeOf,
    ),
  ];
}

it('counts what is on disk of every block of full layers', () => {
  expect(loadsOf([[full, 'mddm']], 4)).toEqual([0, 0, 10, 20, 20]);
  expect(
    loadsOf(
      [
        [full, 'mddm'],
        [full, 'dddd'],
      ],
      4,
    ),
  ).toEqual([0, 10, 30, 50, 60]);
});

it('counts only the end of window layers, and knows where one cannot go on', () => {
  expect(loadsOf([[window, 'ddmdd']], 5)).toEqual([0, 10, 20, 10, 10, 20]);
  const none = Number.POSITIVE_INFINITY;
  expect(loadsOf([[window, '-mmdm']], 5)).toEqual([0, none, none, 0, 10, 10]);
});

it('says how long that takes, and counts nothing before it was measured', () => {
  const none = Number.POSITIVE_INFINITY;
  expect(loadMsOf(Float64Array.of(0, 10, none, 30), 5)).toEqual(Float64Array.of(0, 2, none, 6));
  expect(loadMsOf(Float64Array.of(0, 10, none, 30), null)).toEqual(Float64Array.of(0, 0, none, 0));
});
