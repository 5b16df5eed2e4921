import { describe, expect, it } from 'vitest';
import { createSampler } from '../../src/decode/sampler.js';
import { SeededRandom } from '../../src/decode/seededRandom.js';

const step = (logits: number[]) => ({ topIds: [], topLogits: [], logits: Float32Array.from(logits) });

describe('sampler', () => {
  it('takes the highest logit, and the lowest id on ties', () => {
    const { pick, needsAllLogits } = createSampler({ temperature: 0, seed: 1 });
    expect(needsAllLogits).toBe(false);
    expect(pick({ topIds: [9, 4, 7], topLogits: [2, 2, 1], logits: null })).toBe(4);
    expect(pick({ topIds: [3], topLogits: [-80], logits: null })).toBe(3);
  });

  it('refuses a step without a usable logit', () => {
    expect(() =>
      createSampler({ temperature: 0, seed: 1 }).pick({ topIds: [], topLogits: [], logits: null }),
    ).toThrow();
    expect(() => createSampler({ temperature: 1, seed: 1 }).pick(step([Number.NaN, 1]))).toThrow();
  });

  it('draws the same tokens for the same seed, and others for another', () => {
    const draw = (seed: number): number[] => {
      const sampler = createSampler({ temperature: 1, seed });
      return Array.from({ length: 40 }, () => sampler.pick(step(new Array(50).fill(0))));
    };
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
  });

  it('draws in proportion to softmax(logits / temperature)', () => {
    const sampler = createSampler({ temperature: 0.5, seed: 11 });
    const counts = [0, 0, 0];
    const logits = [0, Math.log(2), Number.NEGATIVE_INFINITY];
    for (let at = 0; at < 10_000; at += 1) counts[sampler.pick(step(logits))]! += 1;
    expect(counts[1]! / counts[0]!).toBeGreaterThan(3.6); // 4 by the formula; the seed is fixed
    expect(counts[1]! / counts[0]!).toBeLessThan(4.4);
    expect(counts[2]).toBe(0);
  });

  it('goes to the highest logit as the temperature falls', () => {
    const sampler = createSampler({ temperature: 1e-6, seed: 2 });
    expect(Array.from({ length: 20 }, () => sampler.pick(step([1, 1.5, 1.2])))).toEqual(
      new Array(20).fill(1),
    );
  });
});

/** xoshiro128** as its authors wrote it in C, on 32-bit words kept as BigInt. */
function reference(state: bigint[]): number {
  const mask = 0xffffffffn;
  const rotl = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & mask;
  const [s0, s1, s2, s3] = state as [bigint, bigint, bigint, bigint];
  const result = (rotl((s1 * 5n) & mask, 7n) * 9n) & mask;
  const t = (s1 << 9n) & mask;
  let [a, b, c, d] = [s0, s1, s2, s3];
  c ^= a;
  d ^= b;
  b ^= c;
  a ^= d;
  c ^= t;
  d = rotl(d, 11n);
  state.splice(0, 4, a, b, c, d);
  return Number(result);
}

describe('SeededRandom', () => {
  it('is xoshiro128** over a state from SplitMix64', () => {
    // SplitMix64 of seed 0 begins with these two words, published with the algorithm.
    const [first, second] = [0xe220a8397b1dcdafn, 0x6e789e6aa1b965f4n];
    const state = [first & 0xffffffffn, first >> 32n, second & 0xffffffffn, second >> 32n];
    const random = new SeededRandom(0);
    for (let at = 0; at < 100; at += 1) expect(random.next()).toBe(reference(state));
  });

  it('gives fractions in [0, 1)', () => {
    const random = new SeededRandom(9);
    const drawn = Array.from({ length: 1000 }, () => random.fraction());
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
  });
});
