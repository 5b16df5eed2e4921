import type { ThrownMessage } from '../core/thrownMessage.js';
import type { ReplayCounts } from '../sim/replayCounts.js';
import type { Trace } from '../sim/trace.js';

/** What a thread starts with. The trace's memory is shared, not copied. */
export interface SweepStart {
  readonly trace: Trace;
  /** Share of the requests that is replayed uncounted. */
  readonly warmup: number;
}

/** One replay. */
export interface SweepJob {
  /** Name of a policy or of an offline replay, or path of a user's policy. */
  readonly policy: string;
  readonly capacity: number;
}

export type FromSweepThread =
  | { readonly kind: 'counts'; readonly counts: ReplayCounts }
  | { readonly kind: 'failed'; readonly error: ThrownMessage };
