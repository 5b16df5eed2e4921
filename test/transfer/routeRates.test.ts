import { describe, expect, it } from 'vitest';
import { RouteRates } from '../../src/transfer/routeRates.js';

describe('route rates', () => {
  it('let older transfers fade', () => {
    const rates = new RouteRates(0.5);
    expect(rates.bytesPerMs('disk>device')).toBeNull();
    rates.record('disk>device', 100, 0, 1);
    rates.record('disk>device', 100, 10, 13);
    expect(rates.bytesPerMs('disk>device')).toBe(50);
    for (let at = 20; at < 100; at += 10) rates.record('disk>device', 100, at, at + 10);
    expect(rates.bytesPerMs('disk>device')).toBeCloseTo(10, 0);
    expect(rates.bytesPerMs('pinned>device')).toBeNull();
  });

  it('count transfers side by side together', () => {
    const rates = new RouteRates(0.1);
    // Four at a time take 4 ms: one each millisecond.
    for (let at = 0; at < 400; at += 4) {
      for (let one = 0; one < 4; one += 1) rates.record('disk>device', 100, at, at + 4);
    }
    // Each alone would look like 25.
    expect(rates.bytesPerMs('disk>device')).toBeGreaterThan(80);
    expect(rates.bytesPerMs('disk>device')).toBeLessThan(125);
  });

  it('are not known when nothing took time, or none ended of late', () => {
    const rates = new RouteRates(0.1);
    rates.record('pinned>device', 100, 5, 5);
    expect(rates.bytesPerMs('pinned>device')).toBeNull();
    rates.record('disk>device', 100, 5, 6);
    expect([rates.bytesPerMs('disk>device', 6), rates.bytesPerMs('disk>device', 7)]).toEqual([100, null]);
  });
});
