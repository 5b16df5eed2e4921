import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../../src/core/tokenBucket.js';

describe('a token bucket', () => {
  it('lets a burst in, then as many as its rate, and says how long to wait', () => {
    const bucket = new TokenBucket(10, 2);
    expect([bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([0, 0, 100]);
    expect(bucket.take(90)).toBe(10);
    expect([bucket.take(100), bucket.take(100)]).toEqual([0, 100]);
    expect([bucket.take(10_000), bucket.take(10_000), bucket.take(10_000)]).toEqual([0, 0, 100]);
  });

  it('never lets in more than burst and rate allow, and always who waited as long as it said', () => {
    const steps = fc.array(fc.nat(2000), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 50 }),
        steps,
        (rate, burst, waits) => {
          const bucket = new TokenBucket(rate, burst);
          let now = 0;
          let taken = 0;
          for (const wait of waits) {
            now += wait;
            const delay = bucket.take(now);
            if (delay === 0) taken += 1;
            else {
              now += delay;
              expect(bucket.take(now)).toBe(0);
              taken += 1;
            }
            expect(taken).toBeLessThanOrEqual(burst + (now * rate) / 1000 + 1e-6);
          }
        },
      ),
    );
  });
});
