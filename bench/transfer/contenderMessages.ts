import { z } from 'zod';
import { laneKinds } from '../../src/transfer/laneKind.js';

/** Who moves the pages, and where to. Each family has a process of its own: one's garbage is not another's. */
export const familySchema = z.discriminatedUnion('family', [
  z.object({ family: z.literal('memcpy') }),
  z.object({ family: z.literal('unary'), port: z.int(), pid: z.int() }),
  z.object({ family: z.literal('redis'), over: z.enum(['tcp', 'unix']), place: z.string(), pid: z.int() }),
  z.object({ family: z.literal('kvtide'), lane: z.enum(laneKinds), get: z.string(), put: z.string() }),
]);
export type Family = z.infer<typeof familySchema>;

export const questionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('open'), family: familySchema, short: z.boolean() }),
  z.object({ kind: z.literal('round'), contender: z.int() }),
]);
export type Question = z.infer<typeof questionSchema>;

export const answerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('opened'), names: z.array(z.string()) }),
  z.object({ kind: z.literal('measured'), figures: z.record(z.string(), z.number()) }),
  z.object({ kind: z.literal('failed'), reason: z.string() }),
]);
export type Answer = z.infer<typeof answerSchema>;
