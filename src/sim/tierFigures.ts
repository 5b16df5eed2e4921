import type { TierCounts, TierTraffic } from './tierCounter.js';
import type { TierReplayResult } from './tierReplay.js';

/** What a replay in tiers comes to. */
export interface TierFigures {
  readonly hits: number;
  readonly prefixHits: number;
  /** Shares of the blocks, and of the tokens. */
  readonly hitRate: number;
  readonly prefixHitRate: number;
  readonly tokenHitRate: number;
  /** Blocks and bytes of each tier. */
  readonly tiers: readonly TierCounts[];
  readonly traffic: TierTraffic;
  readonly timeToFirstTokenMs: {
    readonly mean: number;
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
  };
  readonly stallMs: number;
  readonly computeMs: number;
  /** Time of the accelerator for all prompts: what is waited for, and what is computed. */
  readonly costMs: number;
}

export function tierFigures(result: TierReplayResult): TierFigures {
  const { accesses, hits, prefixHits, tokens, prefixHitTokens, tiers, traffic } = result;
  const { ttftMs, stallMs, computeMs } = result;
  const share = (count: number, of: number): number => (of === 0 ? 0 : count / of);
  const sorted = ttftMs.slice().sort();
  const percentile = (at: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(at * sorted.length))] ?? 0;
  return {
    hits,
    prefixHits,
    hitRate: share(hits, accesses),
    prefixHitRate: share(prefixHits, accesses),
    tokenHitRate: share(prefixHitTokens, tokens),
    tiers,
    traffic,
    timeToFirstTokenMs: {
      mean: share(stallMs + computeMs, sorted.length),
      p50: percentile(0.5),
      p90: percentile(0.9),
      p99: percentile(0.99),
    },
    stallMs,
    computeMs,
    costMs: stallMs + computeMs,
  };
}
