/**
 * The simulator as a library: build a trace, replay it under a policy, and see how far from the optimum it is.
 * Nothing here does I/O, reads a clock or draws random numbers.
 */
import type { RetentionFactory } from '../policy/policy.js';
import { CacheReplay } from './cacheReplay.js';
import { infiniteReplay } from './infiniteReplay.js';
import { minReplay } from './minReplay.js';
import { prefixOptimum } from './prefixOptimum.js';
import type { ReplayCounts } from './replayCounts.js';
import { firstCounted, type Trace, type TraceRequest } from './trace.js';
import { TraceBuilder } from './traceBuilder.js';

export type { RetentionFactory, RetentionPolicy } from '../policy/policy.js';
export type { PolicyColumns, RequestKind } from '../policy/policyColumns.js';
export type { ReplayCounts } from './replayCounts.js';
export type { Trace, TraceRequest } from './trace.js';

/**
 * The trace of these requests, in the order of their times.
 * @param blockTokens tokens of a full block.
 * @throws KvError `invalid` when time goes backwards, or an id or a number of tokens is none.
 */
export function buildTrace(requests: Iterable<TraceRequest>, blockTokens: number): Trace {
  const builder = new TraceBuilder(blockTokens);
  for (const request of requests) builder.add(request);
  return builder.build();
}

/** What no policy can be, since it knows the future or has no bound; it is worked out from the whole trace. */
export const offlineReplays = {
  /** Belady's MIN on single blocks. */
  min: minReplay,
  /** The strict-prefix optimum, which regret is measured against. */
  optimum: prefixOptimum,
  /** A cache that everything fits in. */
  infinite: (trace: Trace, _capacity: number, warmup = 0) => infiniteReplay(trace, warmup),
} as const satisfies Readonly<
  Record<string, (trace: Trace, capacity: number, warmup?: number) => ReplayCounts>
>;

export type OfflineReplayName = keyof typeof offlineReplays;

export const offlineReplayNames = Object.keys(offlineReplays) as readonly OfflineReplayName[]; // its keys

/** @param warmup share of the requests that is replayed uncounted; the cache is kept. */
export interface SimulateOptions {
  readonly capacity: number;
  readonly warmup?: number;
}

/**
 * Replays a trace in one cache of `capacity` blocks: every block of a prompt is admitted in order, no output
 * tokens, prefix hits counted before the request's own insertions.
 * @throws KvError `invalid` for a capacity below 1; what the policy throws.
 */
export function simulate(
  trace: Trace,
  factory: RetentionFactory,
  { capacity, warmup = 0 }: SimulateOptions,
): ReplayCounts {
  const replay = new CacheReplay(trace, factory, { capacity });
  const counted = firstCounted(trace, warmup);
  replay.replay(0, counted);
  return replay.replay(counted);
}

/** Shares of the accesses, 0 where there were none, and how much of the optimum's prefix hits is missing. */
export interface ReplayRates {
  readonly hitRate: number;
  readonly prefixHitRate: number;
  /** 1 - prefixHits / those of the strict-prefix optimum; 0 where that has none. */
  readonly regret: number;
}

export function ratesOf({ accesses, hits, prefixHits }: ReplayCounts, optimum: ReplayCounts): ReplayRates {
  const share = (count: number, of: number): number => (of === 0 ? 0 : count / of);
  return {
    hitRate: share(hits, accesses),
    prefixHitRate: share(prefixHits, accesses),
    regret: share(optimum.prefixHits - prefixHits, optimum.prefixHits),
  };
}
