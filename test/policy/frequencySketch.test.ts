import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrequencySketch, sketchHash } from '../../src/policy/frequencySketch.js';
import { emptyColumns, keyedColumns } from './policyFixtures.js';

const columns = keyedColumns(4000);

describe('the frequency sketch', () => {
  it('never tells less than was counted, up to 15', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 30 }), { maxLength: 300, size: 'max' }), (handles) => {
        const sketch = new FrequencySketch(40);
        const counts = new Map<number, number>();
        for (const handle of handles) {
          sketch.add(sketchHash(columns, handle));
          counts.set(handle, (counts.get(handle) ?? 0) + 1);
        }
        for (const [handle, count] of counts) {
          expect(sketch.estimate(sketchHash(columns, handle))).toBeGreaterThanOrEqual(Math.min(15, count));
        }
      }),
    );
  });

  it('seldom tells more than was counted while it holds as many keys as the cache has places', () => {
    const sketch = new FrequencySketch(1000);
    for (let handle = 0; handle < 1000; handle += 1) {
      for (let use = 0; use < 1 + (handle % 3); use += 1) sketch.add(sketchHash(columns, handle));
    }
    let wrong = 0;
    for (let handle = 0; handle < 4000; handle += 1) {
      const count = handle < 1000 ? 1 + (handle % 3) : 0;
      if (sketch.estimate(sketchHash(columns, handle)) !== count) wrong += 1;
    }
    expect(wrong).toBeLessThan(40);
  });

  it('halves its counts after ten additions a place', () => {
    const sketch = new FrequencySketch(100);
    for (let use = 0; use < 12; use += 1) sketch.add(sketchHash(columns, 0));
    for (let handle = 1; handle < 988; handle += 1) sketch.add(sketchHash(columns, handle));
    expect(sketch.estimate(sketchHash(columns, 0))).toBeGreaterThanOrEqual(12);
    sketch.add(sketchHash(columns, 988));
    expect(sketch.estimate(sketchHash(columns, 0))).toBe(6);
    // Those that are left count half: 500 more make it full again.
    for (let handle = 989; handle < 1488; handle += 1) sketch.add(sketchHash(columns, handle));
    expect(sketch.estimate(sketchHash(columns, 0))).toBeGreaterThanOrEqual(6);
    sketch.add(sketchHash(columns, 1488));
    expect(sketch.estimate(sketchHash(columns, 0))).toBeLessThan(6);
  });

  it('tells the upper half of a key apart', () => {
    const wide = emptyColumns(2);
    wide.keyLow.fill(7);
    wide.keyHigh.set([0, 1]);
    const sketch = new FrequencySketch(100);
    sketch.add(sketchHash(wide, 0));
    expect(sketch.estimate(sketchHash(wide, 1))).toBe(0);
  });

  it('forgets its counts when it needs another number of counters', () => {
    const sketch = new FrequencySketch(100);
    sketch.add(sketchHash(columns, 3));
    sketch.resize(101);
    expect(sketch.estimate(sketchHash(columns, 3))).toBe(1);
    sketch.resize(1000);
    expect(sketch.estimate(sketchHash(columns, 3))).toBe(0);
  });
});
