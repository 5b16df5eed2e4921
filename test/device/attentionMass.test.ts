import { describe, expect, it } from 'vitest';
import { AttentionMass } from '../../src/device/attentionMass.js';

describe('AttentionMass', () => {
  it('says which share of the attention each page got, over all rows', () => {
    const mass = new AttentionMass();
    const heard: number[] = [];
    const sink = mass.listening((block) => void heard.push(block), 2);
    const lse = Float32Array.of(9, Math.log(1), Math.log(3), Math.log(1), Number.NEGATIVE_INFINITY);
    sink(4, new Float32Array(0), 0, lse, 1);
    sink(7, new Float32Array(0), 0, lse, 3);
    // The rows have 4 and 6 in all: what is missing went to the growing page.
    mass.finish(5, Float32Array.of(Math.log(4), Math.log(6)), 3);
    expect(heard).toEqual([4, 7]);
    expect(mass.layers.map(({ layer, blocks }) => [layer, [...blocks]])).toEqual([[5, [4, 7]]]);
    const [first, second] = mass.layers[0]!.mass;
    expect(first).toBeCloseTo((3 * (1 / 4 + 3 / 6)) / 2, 5);
    expect(second).toBeCloseTo((3 * (1 / 4)) / 2, 5);
  });

  it('begins anew with each layer', () => {
    const mass = new AttentionMass();
    for (const layer of [2, 5]) {
      mass.listening(() => {}, 1)(layer, new Float32Array(0), 0, Float32Array.of(0), 0);
      mass.finish(layer, Float32Array.of(0), 1);
    }
    expect(mass.layers.map(({ blocks }) => [...blocks])).toEqual([[2], [5]]);
  });
});
