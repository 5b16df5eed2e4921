import type { TierName } from '../core/tierName.js';

export type Route = `${TierName}>${TierName}`;

/** Measured speed of each route: a weighted mean in which older transfers fade. */
export class RouteRates {
  readonly #bytesPerMs = new Map<Route, number>();
  readonly #weight: number;

  /** @param weight of the newest transfer, in (0, 1]. */
  constructor(weight: number) {
    this.#weight = weight;
  }

  record(route: Route, bytes: number, ms: number): void {
    if (ms <= 0) return;
    const rate = bytes / ms;
    const before = this.#bytesPerMs.get(route) ?? rate;
    this.#bytesPerMs.set(route, before + this.#weight * (rate - before));
  }

  /** Bytes per millisecond of one transfer, or null before the first. */
  bytesPerMs(route: Route): number | null {
    return this.#bytesPerMs.get(route) ?? null;
  }
}
