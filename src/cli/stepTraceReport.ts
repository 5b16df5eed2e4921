import * as z from 'zod';
import { type StallCause, stallCauses } from '../core/stallCause.js';
import type { StepTrace } from '../decode/tracedSession.js';

const count = z.number().int().nonnegative();
const ms = z.number().nonnegative();

/** One step in the JSON of `kvtide generate --trace-steps`; figures of its stages are added up. */
export const stepTraceSchema = z.strictObject({
  position: count,
  tokens: count,
  /** From the question to the answer. */
  totalMs: ms,
  computeMs: ms,
  stallMs: ms,
  /** By what the step waited for; they add up to `stallMs`. */
  stalls: z.record(z.enum(stallCauses), ms),
  /** Bytes brought to the device, by the tier that they came from. */
  bytes: z.strictObject({ pinned: count, disk: count }),
  /** Steps of so many sequences were computed together, in the stage where they were most. */
  batch: count,
  /** Sealed pages of full layers that it attended to. */
  attended: z.strictObject({ pages: count, bytes: count }),
  /** Those that the attention mode left out. */
  skipped: z.strictObject({ pages: count, bytes: count }),
});

export type StepTraceReport = z.output<typeof stepTraceSchema>;

export function stepTraceReport({ position, tokens, totalMs, stages }: StepTrace): StepTraceReport {
  const sum = (figure: (stage: StepTrace['stages'][number]) => number): number =>
    stages.reduce((total, stage) => total + figure(stage), 0);
  const of = (cause: StallCause) => sum(({ stalls }) => stalls[cause]);
  return {
    position,
    tokens,
    totalMs,
    computeMs: sum(({ computeMs }) => computeMs),
    stallMs: sum(({ stallMs }) => stallMs),
    stalls: {
      disk: of('disk'),
      pinned: of('pinned'),
      link: of('link'),
      lane: of('lane'),
      peer: of('peer'),
      slot: of('slot'),
      queue: of('queue'),
    },
    bytes: {
      pinned: sum(({ loadedBytes }) => loadedBytes.pinned),
      disk: sum(({ loadedBytes }) => loadedBytes.disk),
    },
    batch: Math.max(...stages.map(({ batch }) => batch)),
    attended: { pages: sum((stage) => stage.attendedPages), bytes: sum((stage) => stage.attendedBytes) },
    skipped: { pages: sum((stage) => stage.skippedPages), bytes: sum((stage) => stage.skippedBytes) },
  };
}
