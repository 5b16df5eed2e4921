import { describe, expect, it } from 'vitest';
import { readKvConfig } from '../../src/cli/kvConfig.js';
import { scratchFile } from '../support/scratchFolder.js';
import { runCli } from './runCli.js';

const right = { name: 'acme/model-7b', layers: 3, kvHeads: 8, headDim: 128, dtype: 'f16' };

function file(config: unknown, name = 'kv.json'): string {
  return scratchFile(name, typeof config === 'string' ? config : JSON.stringify(config));
}

describe('readKvConfig', () => {
  it('fills in blocks of 256 tokens and full attention', () => {
    const layer = { kind: 'full', rope: true };
    expect(readKvConfig(file(right))).toEqual({
      name: 'acme/model-7b',
      maxTokens: null,
      attention: null,
      geometry: {
        layers: [layer, layer, layer],
        kvHeads: 8,
        headDim: 128,
        dtype: 'f16',
        blockTokens: 256,
        layoutVersion: 1,
      },
    });
  });

  it('computes attention where it says how many query heads there are', () => {
    const { attention } = readKvConfig(file({ ...right, heads: 32 }));
    expect(attention).toEqual({ heads: 32 });
  });

  it('reads layers one by one', () => {
    const layers = [{}, { window: 4096 }, { rope: false }];
    expect(readKvConfig(file({ ...right, layers, blockTokens: 64 })).geometry).toMatchObject({
      blockTokens: 64,
      layers: [
        { kind: 'full', rope: true },
        { kind: 'window', window: 4096, rope: true },
        { kind: 'full', rope: false },
      ],
    });
  });

  it.each([
    ['no name', { ...right, name: undefined }, /kv\.json: name: /],
    ['an odd name', { ...right, name: 'a b' }, /kv\.json: name: a name of letters/],
    [
      'layers that are no number',
      { ...right, layers: '4' },
      /kv\.json: layers: a number of layers, or a list such as/,
    ],
    ['a window of nothing', { ...right, layers: [{}, { window: 0 }] }, /kv\.json: layers\.1\.window: /],
    ['a fraction of a head', { ...right, kvHeads: 1.5 }, /kv\.json: kvHeads: /],
    [
      'query heads that do not share the KV heads evenly',
      { ...right, heads: 12 },
      /kv\.json: heads: 12 query heads do not share 8 kvHeads evenly/,
    ],
    ['another dtype', { ...right, dtype: 'bf16' }, /kv\.json: dtype: .*"f32"\|"f16"/],
    ['an odd block', { ...right, blockTokens: 100 }, /kv\.json: blockTokens: a block of 100 tokens/],
    ['a key that does not exist', { ...right, headDims: 1 }, /kv\.json: the file: .*headDims/],
    ['no object', [], /kv\.json: the file: /],
    ['no JSON', '{"name": ', /kv\.json is no JSON: it breaks off at position 9/],
  ])('names what is wrong: %s', (_, config, message) => {
    expect(() => readKvConfig(file(config))).toThrow(message);
  });
});

describe('--kv-config', () => {
  it('plans from a page store alone, with a context', async () => {
    const path = file({ ...right, layers: 2, blockTokens: 256 });
    const { stdout } = await runCli(['plan', '--kv-config', path, '--context', '1k', '--json']);
    // 2 × 8 heads × 256 tokens × 128 × 2 bytes; 4 blocks in 2 layers
    expect(JSON.parse(stdout)).toMatchObject({ pageBytes: 1_048_576, livePages: 8, liveBytes: 8 * 2 ** 20 });
    expect((await runCli(['plan', '--kv-config', path])).stderr).toMatch(/--context is missing/);
  });

  it('plans for the longest context that the file names', async () => {
    const path = file({ ...right, layers: 2, blockTokens: 256, maxTokens: 2_048 });
    const { stdout } = await runCli(['plan', '--kv-config', path, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ contextTokens: 2_048, livePages: 16 });
  });

  it.each([
    ['beside --model', ['--model', 'models/tiny-dts'], /--model and --kv-config are both given/, 2],
    ['with more stages than layers', ['--stages', '4'], /4 stages cannot share 3 layers/, 2],
    ['with stages of unlike size', ['--workers', '3'], /--workers 3 with --stages 2: give a multiple/, 2],
    [
      'with a lane that does not exist',
      ['--lanes', 'shm,udp'],
      /--lanes: "udp" is none of shm, unix, tcp/,
      2,
    ],
  ])('is refused %s', async (_, more, message, exitCode) => {
    const run = await runCli(['up', '--kv-config', file(right), ...more]);
    expect(run.stderr).toMatch(/^kvtide: [^\n]+\n$/);
    expect(run.stderr).toMatch(message);
    expect(run.exitCode).toBe(exitCode);
  });

  it('is wanted where there is no model', async () => {
    expect((await runCli(['up'])).stderr).toMatch(/--model is missing; .*or --kv-config/);
    const missing = await runCli(['up', '--kv-config', 'no/such']);
    expect(missing).toMatchObject({ exitCode: 4, stderr: expect.stringMatching(/no\/such does not exist/) });
  });
});
