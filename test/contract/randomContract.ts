import { describe, expect, it } from 'vitest';
import type { Random } from '../../src/core/ports/random.js';

/** What every source of randomness must do. */
export function randomContract(name: string, make: () => Random): void {
  describe(`${name} as randomness`, () => {
    it('gives as many bytes as asked for, of all values', () => {
      const random = make();
      for (const count of [0, 1, 7, 8, 9, 1000]) expect(random.bytes(count)).toHaveLength(count);
      expect(new Set(random.bytes(20_000)).size).toBe(256);
    });

    it('gives fractions below 1, spread evenly', () => {
      const random = make();
      const tenths = new Array<number>(10).fill(0);
      for (let i = 0; i < 10_000; i += 1) tenths[Math.floor(random.fraction() * 10)]! += 1;
      expect(tenths).toHaveLength(10);
      for (const share of tenths) expect(Math.abs(share - 1000)).toBeLessThan(300); // 10 standard deviations
    });

    it('does not repeat itself', () => {
      const random = make();
      const drawn = new Set(Array.from({ length: 1000 }, () => random.fraction()));
      expect(drawn.size).toBe(1000);
    });
  });
}
