import * as z from 'zod';

const count = z.number().int().nonnegative();

/** What left a tier for the device, and what came to it from the device. */
const moves = z.strictObject({
  loadedPages: count,
  loadedBytes: count,
  storedPages: count,
  storedBytes: count,
});

/** The JSON line of `kvtide demo`. */
export const demoReportSchema = z.strictObject({
  tokens: z.array(count),
  /** SHA-256 over every step's top ids, logits and logsumexp. */
  sha256Steps: z.string().regex(/^[0-9a-f]{64}$/),
  proofs: z.strictObject({
    hotSameBits: z.boolean(),
    noCacheSameTokens: z.boolean(),
    noCacheSlowdown: z.number(),
  }),
  moved: z.strictObject({ device: moves, pinned: moves, disk: moves }),
  /** Every process that was started. */
  pids: z.array(count),
});

export type DemoReport = z.output<typeof demoReportSchema>;
