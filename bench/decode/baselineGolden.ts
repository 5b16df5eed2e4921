import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { z } from 'zod';
import type { Checkpoint } from '../../src/model/checkpoint.js';
import { BaselineSequence } from './baselineSequence.js';
import type { BaselineVariant } from './baselineVariants.js';

/** How far logits may be from those of transformers. */
export const logitTolerance = 1e-3;

const goldenSchema = z.object({
  cases: z.array(
    z.object({
      promptTokens: z.array(z.int()),
      greedy: z.array(z.int()),
      steps: z.array(z.object({ top: z.array(z.int()), logits: z.array(z.number()) })),
    }),
  ),
});

export function argmax(values: Float32Array): number {
  return values.reduce((best, value, at) => (value > (values[best] ?? -Infinity) ? at : best), 0);
}

/**
 * Why a variant is not the model, or null: its greedy tokens and logits against the checkpoint's golden.json.
 * @param promptTokensMax the graph takes one token a step, so longer prompts would only cost time.
 */
export async function goldenFault(
  checkpoint: Checkpoint,
  session: InferenceSession,
  variant: BaselineVariant,
  promptTokensMax: number,
): Promise<string | null> {
  const { cases } = goldenSchema.parse(
    JSON.parse(readFileSync(join(checkpoint.folder, 'golden.json'), 'utf8')),
  );
  const checked = cases.filter(({ promptTokens }) => promptTokens.length <= promptTokensMax);
  if (checked.length === 0) return `golden.json has no prompt of at most ${promptTokensMax} tokens`;
  for (const { promptTokens, greedy, steps } of checked) {
    const capacity = promptTokens.length + greedy.length;
    const sequence = new BaselineSequence(session, checkpoint.config, variant, capacity);
    let logits = new Float32Array(0);
    for (const token of promptTokens) logits = new Float32Array(await sequence.step(token));
    for (const [at, token] of greedy.entries()) {
      const step = steps[at];
      const far = step?.top.findIndex((id, rank) => !isNear(logits[id], step.logits[rank])) ?? -1;
      if (far >= 0)
        return `a logit ${at} tokens after a prompt of ${promptTokens.length} is off by more than ${logitTolerance}`;
      if (argmax(logits) !== token) return `token ${at} after a prompt of ${promptTokens.length} is another`;
      logits = new Float32Array(await sequence.step(token));
    }
  }
  return null;
}

function isNear(value = Number.NaN, expected = Number.NaN): boolean {
  return Math.abs(value - expected) <= logitTolerance;
}
