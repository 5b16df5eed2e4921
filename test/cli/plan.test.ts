import { describe, expect, it } from 'vitest';
import { planMemory } from '../../src/cli/memoryPlan.js';
import type { Geometry } from '../../src/core/geometry.js';
import { runCli } from './runCli.js';

const mib = 2 ** 20;

describe('plan', () => {
  it('does the sums of tiny-dts as done by hand', async () => {
    const { stdout } = await runCli(['plan', '--model', 'models/tiny-dts', '--context', '32k', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      contextTokens: 32_768,
      blockTokens: 256,
      pageBytes: 131_072, // 2 × 2 heads × 256 tokens × 32 × 4 bytes
      slotBytes: 131_072,
      kinds: [
        // 256 tokens back from the first of a block: two blocks
        {
          kind: 'window',
          window: 256,
          layers: 4,
          bytesPerTokenPerLayer: 512,
          grows: false,
          livePagesPerLayer: 2,
          liveBytes: mib,
        },
        {
          kind: 'full',
          window: null,
          layers: 2,
          bytesPerTokenPerLayer: 512,
          grows: true,
          livePagesPerLayer: 128,
          liveBytes: 32 * mib,
        },
      ],
      growthBytesPerToken: 1024,
      livePages: 264,
      liveBytes: 33 * mib,
      allBytes: 96 * mib, // 128 blocks × 6 layers × 128 KiB
      pagesPerWorker: { device: 5, pinned: 48, disk: 8192 }, // 16 slots, 11 of them for pages that pass through
      // no split by layers helps while a full layer has 128 pages: 2 × ceil(128 / 12) + 4 × 1
      workersNeeded: { device: 56, devicePinned: 10, devicePinnedDisk: 1 },
    });
  });

  it('splits by layers before it splits tokens', () => {
    const geometry: Geometry = {
      layers: Array.from({ length: 4 }, () => ({ kind: 'full', rope: true }) as const),
      kvHeads: 1,
      headDim: 8,
      dtype: 'f16',
      blockTokens: 64,
      layoutVersion: 1,
    };
    // A page is 2 × 64 × 8 × 2 = 2 KiB in a slot of 4 KiB; 640 tokens are 10 pages a layer.
    const plan = planMemory(geometry, 640, { device: 0, pinned: 80 * 1024, disk: 0 });
    expect(plan.pagesPerWorker).toEqual({ device: 0, pinned: 20, disk: 0 });
    expect(plan.workersNeeded).toEqual({ device: null, devicePinned: 2, devicePinnedDisk: 2 });
  });

  it('counts pages below the device by what they take there', async () => {
    const pagesWith = async (...flags: string[]): Promise<{ pinned: number; disk: number }> => {
      const { stdout } = await runCli(['plan', '--model', 'models/tiny-dts', '--json', ...flags]);
      return JSON.parse(stdout).pagesPerWorker;
    };
    // 6 MiB and 1 GiB in slots of 128 KiB; int8 takes 8.5, and so 9, of its 32 parts of 4 KiB.
    expect(await pagesWith()).toMatchObject({ pinned: 48, disk: 8192 });
    const disk = Math.floor((8192 * 32) / 9);
    expect(await pagesWith('--disk-dtype', 'int8')).toMatchObject({ pinned: 48, disk });
    const pinned = Math.floor((48 * 32) / 9);
    expect(await pagesWith('--pinned-dtype', 'int8')).toMatchObject({ pinned, disk: 8192 });
  });

  it('reads a config.json alone and prints a table', async () => {
    const { stdout, exitCode } = await runCli([
      'plan',
      '--model',
      'models/tiny-dts/config.json',
      '--context',
      '1M',
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('1048576 tokens');
    expect(stdout).toContain('last 256 tokens');
  });
});
