import type { StageTrace } from '../rpc/gen/kvtide/v1/StageTrace.js';
import type { StepOutcome } from './stepRunner.js';

type Traced = Omit<StepOutcome, 'answer' | 'approximate' | 'phase'>;

/** What one stage did, as callers are told. */
export function stageTraceOf(
  stage: number,
  { elapsedMs, stallMs, stalls, loads, peerPages, batch, attended, skipped }: Traced,
): StageTrace {
  return {
    stage,
    computeMs: elapsedMs - stallMs,
    stallMs,
    stalls,
    loadMs: loads.loadMs,
    loadedPages: loads.pages,
    loadedBytes: loads.bytes,
    peerPages,
    batch,
    attendedPages: attended.pages,
    attendedBytes: attended.bytes,
    skippedPages: skipped.pages,
    skippedBytes: skipped.bytes,
  };
}
