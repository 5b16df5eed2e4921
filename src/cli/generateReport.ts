import * as z from 'zod';
import { attentionKinds } from './attentionKinds.js';
import { stepTraceSchema } from './stepTraceReport.js';

const count = z.number().int().nonnegative();
const tierMoves = z.strictObject({ pages: count, bytes: count });

/** The JSON line of `kvtide generate`. */
export const generateReportSchema = z.strictObject({
  promptTokens: count,
  /** Whole blocks that were found, in tokens. */
  cachedTokens: count,
  tokens: z.array(count),
  /** Null when there is no tokenizer. */
  text: z.string().nullable(),
  /** The highest logits of every step, with --top-logits; all digits of the float32. */
  steps: z.array(z.strictObject({ top: z.array(count), logits: z.array(z.number()) })),
  /** Every step, those of the prefill too, with --trace-steps. */
  trace: z.array(stepTraceSchema),
  timings: z.strictObject({
    prefillMs: z.number(),
    firstTokenMs: z.number(),
    decodeMs: z.number(),
    tokensPerSecond: z.number(),
  }),
  /** Bytes of pages that the workers hold at the end, in all and by tier. */
  kv: z.strictObject({
    bytes: count,
    byTier: z.strictObject({ device: count, pinned: count, disk: count }),
  }),
  /** Pages brought to the device for this run, by the tier that they came from. */
  prefetch: z.strictObject({
    byTier: z.strictObject({ pinned: tierMoves, disk: tierMoves }),
    /** Share of the load time that compute hid. */
    hiddenRatio: z.number().min(0).max(1),
    /** Pages that other workers of a stage have read for this run, where they lie. */
    peerPages: count,
    stallMs: z.number(),
  }),
  /** Sealed pages of full layers that the steps of this run attended to, and those that the mode left out. */
  attention: z.strictObject({
    mode: z.enum(attentionKinds),
    attended: z.strictObject({ pages: count, bytes: count }),
    skipped: z.strictObject({ pages: count, bytes: count }),
  }),
  /** Steps that tokens were chosen from; with --speculate one may give several. */
  speculation: z.strictObject({ steps: count, proposedTokens: count, acceptedTokens: count }),
  /** KV that was lost on the way, in the order in which it was noticed. */
  recoveries: z.array(
    z.strictObject({
      cause: z.string(),
      /** Layers of the worker that was lost; null where the cause names none. */
      layers: z.tuple([count, count]).nullable(),
      /** Tokens that were still whole, those behind them, and how many of these were computed again. */
      fromTokens: count,
      lostTokens: count,
      recomputedTokens: count,
      waitedMs: z.number(),
    }),
  ),
  workers: z.array(z.strictObject({ id: z.string(), layers: z.tuple([count, count]), pid: count })),
});

export type GenerateReport = z.output<typeof generateReportSchema>;
