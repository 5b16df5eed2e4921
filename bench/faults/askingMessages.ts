import * as z from 'zod';

/** Work for a process of clients. */
export const askingSchema = z.object({
  worker: z.string(),
  coordinator: z.string(),
  namespace: z.string(),
  /** The first client's number: each has pages of its own to put. */
  first: z.number(),
  clients: z.number(),
  seconds: z.number(),
});
export type Asking = z.infer<typeof askingSchema>;

export const askedSchema = z.object({
  kind: z.literal('asked'),
  /** Of each accepted try: milliseconds from asking to its answer. */
  acceptedMs: z.array(z.number()),
  /** Told when to come again. */
  rejected: z.number(),
  /** Without being told; each is a failure. */
  otherwise: z.array(z.string()),
  timeouts: z.number(),
});
export type Asked = z.infer<typeof askedSchema>;
