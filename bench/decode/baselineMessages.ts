import { z } from 'zod';

/** What the bench asks its baseline process, one thing at a time. */
export const baselineRequestSchema = z.discriminatedUnion('kind', [
  /** Opens a variant (an index into `baselineVariants`) and checks it against the prompts of golden.json that are not longer. */
  z.object({ kind: z.literal('open'), variant: z.int(), model: z.string(), goldenTokensMax: z.int() }),
  /** Fills a sequence of the variant with `context` tokens; `room` more will be decoded. */
  z.object({ kind: z.literal('fill'), variant: z.int(), context: z.int(), room: z.int() }),
  /** Decodes: first `warmUp` tokens that are not timed, then `tokens` that are. */
  z.object({
    kind: z.literal('round'),
    variant: z.int(),
    context: z.int(),
    warmUp: z.int(),
    tokens: z.int(),
  }),
]);
export type BaselineRequest = z.output<typeof baselineRequestSchema>;

export const baselineAnswerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  /** The variant cannot be used. */
  z.object({ kind: z.literal('refused'), reason: z.string() }),
  z.object({ kind: z.literal('filled'), logits: z.array(z.number()) }),
  z.object({ kind: z.literal('timed'), ms: z.number() }),
]);
export type BaselineAnswer = z.output<typeof baselineAnswerSchema>;
