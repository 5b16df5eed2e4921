import type { TierName } from '../core/tierName.js';

/** Where bytes can be: in a tier of this worker, with whoever computes KV elsewhere, or in another worker. */
export type Place = TierName | 'client' | 'peer';
export type Route = `${Place}>${Place}`;

interface Measured {
  /** Weighted means over transfers. */
  bytes: number;
  ms: number;
  lastEndMs: number;
}

/**
 * Measured speed of each route: a weighted mean in which older transfers fade. Of transfers that ran side
 * by side each counts for the time since the one before it ended, so that the speed is that of all together.
 */
export class RouteRates {
  readonly #measured = new Map<Route, Measured>();
  readonly #weight: number;

  /** @param weight of the newest transfer, in (0, 1]. */
  constructor(weight: number) {
    this.#weight = weight;
  }

  /** A transfer that began and ended at these times of one clock. */
  record(route: Route, bytes: number, startMs: number, endMs: number): void {
    const known = this.#measured.get(route);
    if (known === undefined) {
      this.#measured.set(route, { bytes, ms: endMs - startMs, lastEndMs: endMs });
      return;
    }
    const ms = endMs - Math.max(startMs, known.lastEndMs);
    known.bytes += this.#weight * (bytes - known.bytes);
    known.ms += this.#weight * (ms - known.ms);
    known.lastEndMs = endMs;
  }

  /** Bytes per millisecond, or null when no transfer that took time has ended since then. */
  bytesPerMs(route: Route, sinceMs = Number.NEGATIVE_INFINITY): number | null {
    const known = this.#measured.get(route);
    if (known === undefined || known.ms <= 0 || known.lastEndMs < sinceMs) return null;
    return known.bytes / known.ms;
  }
}
