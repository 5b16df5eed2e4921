import type { TierCounts, TierReplayResult } from './tierReplay.js';

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
  /** Bytes that each tier gave, by its name. */
  readonly bytesMoved: Readonly<Record<string, number>>;
  /** Bytes read and written in all tiers. */
  readonly movedBytes: number;
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
  const { accesses, hits, prefixHits, tokens, prefixHitTokens, tiers, ttftMs, stallMs, computeMs } = result;
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
    bytesMoved: Object.fromEntries(tiers.map(({ tier, readBytes }) => [tier, readBytes])),
    movedBytes: tiers.reduce((sum, { readBytes, writtenBytes }) => sum + readBytes + writtenBytes, 0),
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
