import { expect, it } from 'vitest';
import { divergence, logitError } from '../../../bench/long/logitError.js';

const logits = (...values: number[]) => Float32Array.from(values);

it('measures how far logits are from others', () => {
  const wanted = [logits(1, 2), logits(3, 4)];
  expect(logitError(wanted, wanted)).toEqual({ max: 0, rms: 0 });
  expect(logitError(wanted, [logits(1, 2), logits(1, 4)])).toEqual({ max: 2, rms: 1 });
});

it('measures how far a distribution is from another', () => {
  expect(divergence(logits(1, 2, 3), logits(11, 12, 13))).toBeCloseTo(0, 12);
  // p = (1/2, 1/2), q = (3/4, 1/4): ½ ln(½ / ¾) + ½ ln(½ / ¼)
  const expected = 0.5 * Math.log(2 / 3) + 0.5 * Math.log(2);
  expect(divergence(logits(0, 0), logits(Math.log(3), 0))).toBeCloseTo(expected, 6);
  expect(divergence(logits(0, 0), logits(0, Math.log(3)))).toBeCloseTo(expected, 6);
});
