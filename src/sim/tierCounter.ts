import type { SimTier } from './simTier.js';
import { firstCounted, type Trace } from './trace.js';

export interface TierCounts {
  readonly tier: string;
  /** Blocks that were found here. */
  readonly hits: number;
  /** Loaded from here, and written to here from above. */
  readonly readBytes: number;
  readonly writtenBytes: number;
}

/** Bytes over time. */
export interface TierTraffic {
  readonly spanMs: number;
  /** Bytes that were loaded in each span from the first request that counts, by each tier below the first. */
  readonly bytes: Readonly<Record<string, readonly number[]>>;
}

/** Enough for a plot, and few beside what else a run prints. */
const spansMax = 240;

/** What was found, loaded and written in each tier of a replay, and when. Nothing counts before `begin` says so. */
export class TierCounter {
  readonly #trace: Trace;
  readonly #tiers: readonly SimTier[];
  readonly #blockBytes: number;
  readonly #hits: Float64Array;
  readonly #reads: Float64Array;
  readonly #writes: Float64Array;
  readonly #spanMs: number;
  readonly #spans: number;
  /** Blocks loaded, `[tiers][spans]`. */
  readonly #readsInSpan: Float64Array;
  /** The first request that counts, and when it came. */
  readonly first: number;
  readonly #startMs: number;
  #span = 0;
  #isCounted = false;

  constructor(trace: Trace, tiers: readonly SimTier[], { blockBytes, warmup }: CounterOptions) {
    this.#trace = trace;
    this.#tiers = tiers;
    this.#blockBytes = blockBytes;
    this.#hits = new Float64Array(tiers.length);
    this.#reads = new Float64Array(tiers.length);
    this.#writes = new Float64Array(tiers.length);
    this.first = firstCounted(trace, warmup);
    this.#startMs = trace.timeMs[this.first] ?? 0;
    const lastMs = (trace.timeMs[trace.requests - 1] ?? 0) - this.#startMs;
    this.#spanMs = Math.floor(lastMs / spansMax) + 1;
    this.#spans = Math.floor(lastMs / this.#spanMs) + 1;
    this.#readsInSpan = new Float64Array(tiers.length * this.#spans);
  }

  /** @returns whether what the request does counts. */
  begin(request: number): boolean {
    this.#isCounted = request >= this.first;
    if (this.#isCounted) {
      this.#span = Math.floor((this.#trace.timeMs[request]! - this.#startMs) / this.#spanMs);
    }
    return this.#isCounted;
  }

  hit(tier: number): void {
    if (this.#isCounted) this.#hits[tier]! += 1;
  }

  /** A block was loaded from the tier. */
  read(tier: number): void {
    if (!this.#isCounted) return;
    this.#reads[tier]! += 1;
    this.#readsInSpan[tier * this.#spans + this.#span]! += 1;
  }

  wrote(tier: number): void {
    if (this.#isCounted) this.#writes[tier]! += 1;
  }

  get hits(): number {
    return this.#hits.reduce((sum, hits) => sum + hits, 0);
  }

  get counts(): TierCounts[] {
    return this.#tiers.map(({ name }, at) => ({
      tier: name,
      hits: this.#hits[at]!,
      readBytes: this.#reads[at]! * this.#blockBytes,
      writtenBytes: this.#writes[at]! * this.#blockBytes,
    }));
  }

  get traffic(): TierTraffic {
    const below = this.#tiers.slice(1).map(({ name }, at) => {
      const from = (at + 1) * this.#spans;
      const spans = this.#readsInSpan.subarray(from, from + this.#spans);
      return [name, Array.from(spans, (blocks) => blocks * this.#blockBytes)] as const;
    });
    return { spanMs: this.#spanMs, bytes: Object.fromEntries(below) };
  }
}

interface CounterOptions {
  readonly blockBytes: number;
  /** Share of the requests that does not count. */
  readonly warmup: number;
}
