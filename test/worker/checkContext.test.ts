import { describe, expect, it } from 'vitest';
import { checkContext } from '../../src/worker/checkContext.js';

describe('checkContext', () => {
  it('refuses a step past the longest context, and none up to it or without a bound', () => {
    expect(() => checkContext(6, 5)).toThrowError(
      expect.objectContaining({
        kind: 'invalid',
        message: 'a step would take the sequence to 6 tokens, and the longest context here is 5',
      }),
    );
    checkContext(5, 5);
    checkContext(1e9, undefined);
  });
});
