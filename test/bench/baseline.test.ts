import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goldenFault, logitTolerance } from '../../bench/decode/baselineGolden.js';
import { BaselineSequence } from '../../bench/decode/baselineSequence.js';
import { baselineVariants, openBaseline } from '../../bench/decode/baselineVariants.js';
import { demoModel } from '../../src/cli/demoInput.js';
import { Checkpoint } from '../../src/model/checkpoint.js';

const shortPrompts = 64;
/** Past the window of the model's sliding layers. */
const context = 600;

let checkpoint: Checkpoint;
let folder: string;

beforeAll(() => {
  checkpoint = Checkpoint.open(demoModel);
  folder = mkdtempSync(join(tmpdir(), 'kvtide-bench-test-'));
});
afterAll(() => {
  checkpoint.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the baseline graph', () => {
  it.each(baselineVariants)('$name gives the golden tokens and logits', async (variant) => {
    const session = await openBaseline(checkpoint, variant);
    expect(await goldenFault(checkpoint, session, variant, shortPrompts)).toBeNull();
    await session.release();
  });

  it('gives the same logits in every variant, past the window too', async () => {
    const answers: number[][] = [];
    for (const variant of baselineVariants) {
      const session = await openBaseline(checkpoint, variant);
      const sequence = new BaselineSequence(session, checkpoint.config, variant, context + 3, context);
      const logits: number[] = [];
      for (const token of [101, 120, 112]) logits.push(...(await sequence.step(token)));
      expect(sequence.tokens).toBe(context + 3);
      answers.push(logits);
      await session.release();
    }
    const [first = []] = answers;
    expect(first).toHaveLength(3 * checkpoint.config.vocabulary);
    for (const other of answers) {
      const farthest = Math.max(...other.map((value, at) => Math.abs(value - (first[at] ?? Number.NaN))));
      expect(farthest).toBeLessThan(logitTolerance);
    }
  });

  it('is refused when it does not give the golden logits', async () => {
    for (const name of ['config.json', 'model.safetensors'])
      symlinkSync(join(demoModel, name), join(folder, name));
    const golden = readFileSync(join(demoModel, 'golden.json'), 'utf8');
    writeFileSync(join(folder, 'golden.json'), golden.replace('13.095654', '13.098'));
    const other = Checkpoint.open(folder);
    const [variant] = baselineVariants;
    if (variant === undefined) throw new Error('there are variants');
    const session = await openBaseline(other, variant);
    expect(await goldenFault(other, session, variant, shortPrompts)).toBe(
      'a logit 0 tokens after a prompt of 5 is off by more than 0.001',
    );
    await session.release();
    other.close();
  });
});
