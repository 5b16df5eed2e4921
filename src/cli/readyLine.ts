import * as z from 'zod';

/** What a server command prints on stdout, as one line, when it serves. */
export const readyLineSchema = z.strictObject({
  ready: z.enum(['coordinator', 'worker', 'up']),
  /** The worker's id; empty for a coordinator. */
  id: z.string(),
  address: z.string(),
  metricsAddress: z.string(),
  pid: z.number().int(),
  /** [from, to) of a worker, or null. */
  layers: z.tuple([z.number().int(), z.number().int()]).nullable(),
});

export type ReadyLine = z.output<typeof readyLineSchema>;
