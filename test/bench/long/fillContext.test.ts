import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { writeDenseModel } from '../../../bench/long/denseModel.js';
import { fillContext } from '../../../bench/long/fillContext.js';
import { FilledSequence } from '../../../bench/long/filledSequence.js';
import { SeededPages } from '../../../bench/long/seededPages.js';
import { KvClient } from '../../../src/client/kvClient.js';
import { readModelConfig } from '../../../src/model/checkpoint.js';
import { geometryOf } from '../../../src/model/modelConfig.js';
import { scratchPath } from '../../support/goldenCases.js';
import { upCluster } from '../../support/upCluster.js';

const blockTokens = 16;
const tokens = 1024;
/** A block is sealed in each. */
const steps = blockTokens;

let model: string;
beforeAll(() => {
  model = scratchPath('dense');
  writeDenseModel(model, { headDim: 16, heads: 2, layers: 2 });
});

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function filled(...flags: string[]) {
  const cluster = await upCluster(['--model', model, '--block-tokens', `${blockTokens}`, ...flags]);
  closing.push(() => cluster.stop());
  const client = await KvClient.connect(cluster.address);
  closing.push(() => client.close());
  const { signal } = new AbortController();
  const context = await fillContext(client, { tokens, seed: 7, signal });
  const options = { name: 'filled', steps, warmUp: steps };
  return FilledSequence.open({ client, embedded: null, signal }, context, options);
}

describe('a context that was filled in', { timeout: 120_000 }, () => {
  it('gives the same answers wherever its pages lie, and says where they came from', async () => {
    const hot = await filled('--stages', '1', '--device-bytes', '16MiB');
    expect(await hot.round()).toMatchObject({ context: tokens, peerPages: 0, pinnedBytes: 0, diskBytes: 0 });
    // Pages of 4 KiB, 32 of each layer with each shard.
    const tight = ['--device-bytes', '32KiB', '--pinned-bytes', '64KiB'];
    const cold = await filled('--stages', '2', '--workers', '4', ...tight);
    const figures = await cold.round();
    expect(figures.peerPages).toBeGreaterThan(0);
    expect(figures.pinnedBytes).toBeGreaterThan(0);
    expect(figures.diskBytes).toBeGreaterThan(0);
    expect(cold.answers).toHaveLength(2 * steps);
    expect(cold.answers).toEqual(hot.answers);
  });
});

describe('its pages', () => {
  it('are the same for a seed, block and layer, and differ otherwise', () => {
    const geometry = geometryOf(readModelConfig(model), { dtype: 'f32', blockTokens });
    const bytesOf = (seed: number, block: number, layer: number): string => {
      const pages = new SeededPages(geometry, seed);
      const other = pages.page(99, 0);
      pages.done(other);
      const { k, v } = pages.page(block, layer);
      return Buffer.concat([k, v]).toString('base64');
    };
    expect(bytesOf(1, 2, 0)).toBe(bytesOf(1, 2, 0));
    const different = [bytesOf(1, 2, 0), bytesOf(2, 2, 0), bytesOf(1, 3, 0), bytesOf(1, 2, 1)];
    expect(new Set(different).size).toBe(different.length);
  });
});
