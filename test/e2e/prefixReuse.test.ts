import { writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { GenerateReport } from '../../src/cli/generateReport.js';
import { longCase, scratchPath, writeTokens } from '../support/goldenCases.js';
import { runGenerate } from '../support/runGenerate.js';
import { writeCheckpoint } from '../support/writeCheckpoint.js';

const hybrid = 'test/fixtures/golden/smollm3-hybrid';
const blockTokens = 32;
const prompt = longCase(hybrid).promptTokens;
const maxTokens = 8;
const wholeBlocks = Math.floor(prompt.length / blockTokens) * blockTokens;

interface Run {
  readonly model?: string;
  readonly tokens?: readonly number[];
  readonly dataDir?: string;
  readonly flags?: readonly string[];
}

let dataDir: string;
let first: GenerateReport;

async function generate({ model = hybrid, tokens = prompt, flags = [], ...run }: Run = {}) {
  const { report } = await runGenerate([
    ...['--model', model, '--tokens-file', writeTokens(tokens), '--max-tokens', `${maxTokens}`],
    ...['--block-tokens', `${blockTokens}`, '--data-dir', run.dataDir ?? dataDir, ...flags],
  ]);
  return report;
}

beforeAll(async () => {
  dataDir = scratchPath('data');
  first = await generate();
  expect(first.cachedTokens).toBe(0);
});

describe('a second run on the same data folder', () => {
  it('finds all whole blocks, in new processes', async () => {
    const second = await generate();
    expect(second.cachedTokens).toBe(wholeBlocks);
    expect(second.tokens).toEqual(first.tokens);
    expect(second.steps).toEqual(first.steps);
    const pids = new Set([...first.workers, ...second.workers].map(({ pid }) => pid));
    expect(pids.size).toBe(4);
  });

  it('computes at least one token of a prompt that ends where a block ends', async () => {
    const whole = await generate({ tokens: prompt.slice(0, wholeBlocks) });
    expect(whole.cachedTokens).toBe(wholeBlocks - blockTokens);
  });

  it('reuses exactly the blocks before a token that changed', async () => {
    const changed = [...prompt];
    const at = 10 * blockTokens + 5;
    changed[at] = (changed[at] ?? 0) ^ 1;
    const other = await generate({ tokens: changed });
    expect(other.cachedTokens).toBe(10 * blockTokens);
    expect(other.steps).toEqual((await generate({ tokens: changed, dataDir: scratchPath('data') })).steps);
  });

  it("goes on from a shorter prompt's blocks, and from what was decoded", async () => {
    const longer = [...prompt, ...first.tokens, ...prompt.slice(0, 50)];
    const run = await generate({ tokens: longer });
    // The last token was never fed back, so it has no KV.
    const known = prompt.length + first.tokens.length - 1;
    expect(run.cachedTokens).toBe(Math.floor(known / blockTokens) * blockTokens);
    expect(run.steps).toEqual((await generate({ tokens: longer, dataDir: scratchPath('data') })).steps);
  });

  it('gives the same answer when a stage has other layers now', async () => {
    const shared = scratchPath('data');
    const alone = await generate({ dataDir: shared, flags: ['--stages', '1'] });
    const split = await generate({ dataDir: shared, flags: ['--stages', '2'] });
    expect(alone.steps).toEqual(first.steps);
    expect(split.steps).toEqual(first.steps);
  });

  it('reuses nothing of another tenant, secret or kind of page', async () => {
    const secret = scratchPath('secret');
    writeFileSync(secret, 'not the empty one');
    const strangers = [
      ['--tenant', 'bob'],
      ['--tenant-secret-file', secret],
      ['--kv-dtype', 'f16'],
    ];
    for (const flags of strangers) {
      expect((await generate({ flags })).cachedTokens).toBe(0);
    }
    expect((await generate()).cachedTokens).toBe(wholeBlocks);
  });

  it('reuses nothing of another model of the same shape', async () => {
    const shared = scratchPath('data');
    const [one, two] = [writeCheckpoint({ seed: 1 }), writeCheckpoint({ seed: 2 })];
    const ofOne = await generate({ model: one, dataDir: shared });
    const ofTwo = await generate({ model: two, dataDir: shared });
    const again = await generate({ model: two, dataDir: shared });
    expect([ofOne.cachedTokens, ofTwo.cachedTokens]).toEqual([0, 0]);
    expect(again.cachedTokens).toBe(wholeBlocks);
    expect(ofTwo.steps).not.toEqual(ofOne.steps);
    expect(again.steps).toEqual(ofTwo.steps);
  });
});
