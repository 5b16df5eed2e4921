import { describe, expect, it } from 'vitest';
import { type StepPieces, stepBoundMs } from '../../../bench/long/stepBound.js';

const gigabyte = 1e9;
const pieces: StepPieces = {
  hotMs: 60,
  hotCpuMs: 100,
  pinnedBytes: 0,
  diskBytes: 0,
  rates: { pinnedCpuMsPerGigabyte: 60, diskCpuMsPerGigabyte: 300, diskGigabytesPerSecond: 2 },
};

describe('the bound of a step', () => {
  it('is the hot step where nothing is cold', () => {
    expect(stepBoundMs(pieces, 2)).toBe(60);
  });

  it('is the processor time of computing and moving, over the cores', () => {
    expect(stepBoundMs({ ...pieces, pinnedBytes: gigabyte }, 2)).toBe(80);
    expect(stepBoundMs({ ...pieces, pinnedBytes: gigabyte, diskBytes: gigabyte / 100 }, 1)).toBe(163);
  });

  it('is what the disk takes where that is longer', () => {
    expect(stepBoundMs({ ...pieces, diskBytes: gigabyte }, 2)).toBe(500);
  });
});
