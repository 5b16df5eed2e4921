import { formatByteSize } from '../core/byteSize.js';
import { stallCauses } from '../core/stallCause.js';
import type { StepTraceReport } from './stepTraceReport.js';

/** A step in a line; causes of no stall, tiers of no bytes and what an exact step attends to are left out. */
export function stepTraceLine(step: StepTraceReport): string {
  const { batch, position, tokens, totalMs, computeMs, stallMs, stalls, bytes, attended, skipped } = step;
  const causes = stallCauses.filter((cause) => stalls[cause] >= shownMsMin);
  const why = causes.map((cause) => `${cause} ${stalls[cause].toFixed(2)}`).join(', ');
  const moved = (['pinned', 'disk'] as const).filter((tier) => bytes[tier] > 0);
  const from = moved.map((tier) => `, ${formatByteSize(bytes[tier])} from ${tier}`).join('');
  const left =
    skipped.pages === 0
      ? ''
      : `, attended to ${formatByteSize(attended.bytes)} of ${formatByteSize(attended.bytes + skipped.bytes)}`;
  const what = tokens === 1 ? `token ${position}` : `tokens ${position} to ${position + tokens - 1}`;
  const others = batch > 1 ? `, with ${batch - 1} of other sequences` : '';
  return (
    `step of ${what}${others}: ${totalMs.toFixed(2)} ms, computed ${computeMs.toFixed(2)}, ` +
    `stalled ${stallMs.toFixed(2)}${why === '' ? '' : ` (${why})`}${from}${left}`
  );
}

const shownMsMin = 0.005;
