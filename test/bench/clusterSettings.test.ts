import { describe, expect, it } from 'vitest';
import {
  coldDeviceBytes,
  coldSettings,
  diskSettings,
  liveBytes,
} from '../../bench/decode/clusterSettings.js';
import { demoModel } from '../../src/cli/demoInput.js';
import { pageBytes } from '../../src/core/geometry.js';
import { readModelConfig } from '../../src/model/checkpoint.js';
import { geometryOf } from '../../src/model/modelConfig.js';
import { leastDeviceBytes } from '../../src/tiers/leastDeviceBytes.js';

const geometry = geometryOf(readModelConfig(demoModel), { dtype: 'f32', blockTokens: 256 });
const stages = [
  { from: 0, to: 3 },
  { from: 3, to: 6 },
];

describe('the budgets of the bench', () => {
  it('counts what a step reads: all blocks of full layers, the window of the others', () => {
    // At position 32,768: 128 sealed blocks and the tail; windows reach back into one block.
    expect(liveBytes(geometry, { from: 0, to: 3 }, 32_768)).toBe((129 + 2 * 2) * pageBytes(geometry));
  });

  it('keeps a tenth of that on the device', () => {
    expect(coldDeviceBytes(geometry, stages, 32_768)).toBe(Math.ceil((133 * pageBytes(geometry)) / 10));
  });

  it('never goes below the least budget', () => {
    expect(coldDeviceBytes(geometry, stages, 256)).toBe(leastDeviceBytes(geometry, { from: 0, to: 3 }));
  });

  it('differs between the cold clusters in pinned memory alone', () => {
    const cold = coldSettings(demoModel, 'd', 1000);
    expect({ ...diskSettings(demoModel, 'd', 1000), pinnedBytes: cold.pinnedBytes }).toEqual(cold);
    expect(diskSettings(demoModel, 'd', 1000).pinnedBytes).toBeLessThan(cold.pinnedBytes);
  });
});
