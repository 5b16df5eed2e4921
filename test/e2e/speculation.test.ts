import { describe, expect, it } from 'vitest';
import type { GenerateReport } from '../../src/cli/generateReport.js';
import { runGenerate } from '../support/runGenerate.js';

const tiny = ['--model', 'models/tiny-dts', '--stages', '2'];
const fsFile = ['--prompt-file', 'node_modules/@types/node/fs.d.ts'];
const fsText = [...fsFile, '--prompt-bytes', '3000'];

async function bothWays(
  args: readonly string[],
): Promise<{ plain: GenerateReport; speculated: GenerateReport }> {
  const { report: plain } = await runGenerate(args);
  const { report: speculated, stderr } = await runGenerate([...args, '--speculate', 'ngram']);
  const { steps, proposedTokens, acceptedTokens } = speculated.speculation;
  expect(stderr).toContain(
    `${speculated.tokens.length} tokens in ${steps} steps; ${acceptedTokens} of ${proposedTokens} proposed tokens were right\n`,
  );
  expect(plain.speculation).toEqual({ steps: plain.tokens.length, proposedTokens: 0, acceptedTokens: 0 });
  return { plain, speculated };
}

describe('kvtide generate --speculate ngram', () => {
  it.each<[string, readonly string[], number]>([
    [
      'a prompt that repeats itself',
      ['--prompt', 'declare function read(): void;\n'.repeat(12), '--max-tokens', '96'],
      40,
    ],
    ['the text of the demo', [...fsText, '--max-tokens', '96'], 48],
    ['two workers a stage', [...fsText, '--max-tokens', '48', '--workers', '4'], 32],
    [
      'little device memory',
      [...fsText, '--max-tokens', '48', '--device-bytes', '896KiB', '--pinned-bytes', '1MiB'],
      32,
    ],
  ])('gives the same tokens and logits in fewer steps: %s', async (_, args, stepsMost) => {
    const { plain, speculated } = await bothWays([...tiny, ...args]);
    expect(speculated.tokens).toEqual(plain.tokens);
    expect(speculated.steps).toEqual(plain.steps);
    expect(speculated.speculation.steps).toBeLessThanOrEqual(stepsMost);
  });

  it('draws the same tokens with a temperature, whatever was proposed', async () => {
    const args = [...tiny, ...fsText, '--max-tokens', '64', '--temperature', '0.6', '--seed', '11'];
    const { plain, speculated } = await bothWays(args);
    expect(speculated.steps).toEqual(plain.steps);
    const { steps, acceptedTokens, proposedTokens } = speculated.speculation;
    expect(steps).toBeLessThan(64);
    expect(acceptedTokens).toBeLessThan(proposedTokens);
  });

  it('crosses many small blocks and the edge of the window, with pages in 16 bit', async () => {
    const sizes = '--prompt-bytes 500 --max-tokens 60 --block-tokens 16 --kv-dtype f16'.split(' ');
    const { plain, speculated } = await bothWays([...tiny, ...fsFile, ...sizes]);
    expect(speculated.steps).toEqual(plain.steps);
    expect(speculated.speculation.acceptedTokens).toBeGreaterThan(0);
  });
});
