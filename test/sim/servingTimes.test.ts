import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServingTimes } from '../../src/sim/servingTimes.js';

const ms = fc.double({ min: 0, max: 1000, noNaN: true });

/** Layer by layer: each is computed once its blocks are there and the one before is computed. */
function slowTtft(layers: number, loadMs: number, computeMs: number): number {
  let computed = 0;
  let loadStart = 0;
  for (let layer = 0; layer < layers; layer += 1) {
    const loaded = loadStart + loadMs / layers;
    const start = Math.max(loaded, computed);
    computed = start + computeMs / layers;
    // The next layer's load begins with the computing of this one.
    loadStart = start;
  }
  return computed;
}

describe('times of a replay', () => {
  it('are those of layers that are loaded while the one before is computed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), ms, ms, (layers, loadMs, computeMs) => {
        const times = new ServingTimes({ layers, overlapsLayers: true, loadsQueued: false });
        expect(times.serve(0, loadMs, computeMs).ttftMs).toBeCloseTo(slowTtft(layers, loadMs, computeMs), 6);
      }),
    );
  });

  it('are loads and computing where nothing overlaps', () => {
    const times = new ServingTimes({ layers: 8, overlapsLayers: false, loadsQueued: false });
    expect(times.serve(5, 30, 70)).toEqual({ startMs: 5, ttftMs: 100, stallMs: 30, loadedAhead: 0 });
    expect(times.serve(6, 30, 70)).toEqual({ startMs: 105, ttftMs: 100, stallMs: 30, loadedAhead: 0 });
  });

  it('lack what was loaded while the request waited for its turn and the link was free', () => {
    const times = new ServingTimes({ layers: 1, overlapsLayers: true, loadsQueued: true });
    // Nobody is before the first: it waits for its loads, from 0 to 30.
    expect(times.serve(0, 30, 70)).toMatchObject({ startMs: 0, stallMs: 30, loadedAhead: 0 });
    // The link is free at 30; by 100 all is there, at 70.
    expect(times.serve(10, 40, 20)).toMatchObject({ startMs: 100, stallMs: 0, loadedAhead: 1 });
    // From 70 to 120 half of it comes.
    expect(times.serve(20, 100, 20)).toMatchObject({ startMs: 120, stallMs: 50, loadedAhead: 0.5 });
    expect(times.takeLink(0, 10, 179)).toBe(false);
    expect(times.takeLink(0, 10, 180)).toBe(true);
    expect(times.takeLink(0, 10, 189)).toBe(false);
    expect(times.startOf(0)).toBe(190);
  });
});
