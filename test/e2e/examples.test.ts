import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type UpCluster, upCluster } from '../support/upCluster.js';

/** Runs a program of examples/ as its first lines say, and reads the line that it prints. */
function runExample(name: string, address: string): unknown {
  const run = spawnSync(process.execPath, [`examples/${name}.mjs`, address], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`${name} ended with ${run.status}: ${run.stdout}${run.stderr}`);
  expect(run.stderr).toBe('');
  return JSON.parse(run.stdout);
}

describe('the examples with a page store', () => {
  let store: UpCluster;
  beforeAll(async () => {
    store = await upCluster(['--kv-config', 'examples/store.json', '--stages', '2']);
  });
  afterAll(() => store.stop());

  it('block-mode puts pages, gets them back, and finds them there the second time', () => {
    const whole = { pages: 16, flushed: 'flushed', there: 16, right: 16 };
    expect(runExample('block-mode', store.address)).toMatchObject({ ...whole, outcomes: { stored: 16 } });
    expect(runExample('block-mode', store.address)).toMatchObject({ ...whole, outcomes: { present: 16 } });
  });

  it('prefix-cache computes only what is new', () => {
    expect(runExample('prefix-cache', store.address)).toEqual({
      promptTokens: [101, 101, 106],
      computedTokens: [101, 5, 42],
      same: true,
    });
    expect(runExample('prefix-cache', store.address)).toMatchObject({
      computedTokens: [5, 5, 10],
      same: true,
    });
  });
});

describe('the example with an engine of its own', () => {
  it('attend-mode attends as the engine itself does, and appends only what is new the second time', async () => {
    const cluster = await upCluster(['--kv-config', 'examples/attention.json', '--stages', '2']);
    try {
      const first = runExample('attend-mode', cluster.address);
      expect(first).toMatchObject({ promptTokens: 53, cachedTokens: 0, close: true });
      const second = runExample('attend-mode', cluster.address);
      expect(second).toEqual({ ...(first as object), cachedTokens: 48 });
      expect((first as { made: number[] }).made).toHaveLength(12);
    } finally {
      await cluster.stop();
    }
  });
});

describe('the example with a model', () => {
  it('decode decodes over the cluster, and reuses its blocks the second time', async () => {
    const cluster = await upCluster(['--model', 'models/tiny-dts', '--block-tokens', '16']);
    try {
      const first = runExample('decode', cluster.address);
      expect(first).toMatchObject({ stages: 2, reusedBlocks: 0 });
      const second = runExample('decode', cluster.address);
      expect(second).toEqual({ ...(first as object), reusedBlocks: 1 });
      expect((first as { text: string }).text).toMatch(/^export interface Options \{\n.{10}/s);
    } finally {
      await cluster.stop();
    }
  });
});
