import type { TierName } from '../core/tierName.js';

/** Where bytes can be: in a tier of this worker, with whoever computes KV elsewhere, or in another worker. */
export type Place = TierName | 'client' | 'peer';
export type Route = `${Place}>${Place}`;

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
