/** When one request is served, and what it waits for. */
export interface ServedTimes {
  /** When its turn came. */
  readonly startMs: number;
  /** From its turn to its first token. */
  readonly ttftMs: number;
  /** Of that, what is no computing. */
  readonly stallMs: number;
  /** Part of its loads that was over when its turn came, 0 to 1. */
  readonly loadedAhead: number;
}

export interface ServingOptions {
  /** Layers that the loads and the computing of a prompt are split into. */
  readonly layers: number;
  readonly overlapsLayers: boolean;
  readonly loadsQueued: boolean;
}

/**
 * When the requests of a trace are served. One server takes them in their order, each from its turn to its first token;
 * one link brings what they load. What is generated takes neither.
 *
 * - Layers that overlap: while one is computed the next one's blocks come. The first layer's loads hide behind nothing.
 * - Loads of the queued: while a request waits for its turn, the link, once it is free, loads for it.
 */
export class ServingTimes {
  readonly #options: ServingOptions;
  #serverFreeMs = 0;
  #linkFreeMs = 0;

  constructor(options: ServingOptions) {
    this.#options = options;
  }

  /** When a request that comes at `arrivalMs` would have its turn. */
  startOf(arrivalMs: number): number {
    return Math.max(arrivalMs, this.#serverFreeMs);
  }

  /** Takes the link for `loadMs` from `fromMs` on at the earliest, if that is over by `untilMs`. */
  takeLink(fromMs: number, loadMs: number, untilMs: number): boolean {
    const endMs = Math.max(fromMs, this.#linkFreeMs) + loadMs;
    if (endMs > untilMs) return false;
    this.#linkFreeMs = endMs;
    return true;
  }

  /** The next request in their order. @param loadMs all its loads. @param computeMs all its computing. */
  serve(arrivalMs: number, loadMs: number, computeMs: number): ServedTimes {
    const startMs = this.startOf(arrivalMs);
    const aheadMs = this.#options.loadsQueued ? this.#loadAhead(arrivalMs, startMs, loadMs) : 0;
    const leftMs = loadMs - aheadMs;
    const stallMs = this.#stallOf(leftMs, computeMs);
    const ttftMs = stallMs + computeMs;
    this.#serverFreeMs = startMs + ttftMs;
    if (leftMs > 0) this.#linkFreeMs = Math.max(this.#linkFreeMs, startMs + leftMs);
    return { startMs, ttftMs, stallMs, loadedAhead: loadMs > 0 ? aheadMs / loadMs : 0 };
  }

  #loadAhead(arrivalMs: number, startMs: number, loadMs: number): number {
    const beginMs = Math.max(arrivalMs, this.#linkFreeMs);
    const aheadMs = Math.max(0, Math.min(loadMs, startMs - beginMs));
    if (aheadMs > 0) this.#linkFreeMs = beginMs + aheadMs;
    return aheadMs;
  }

  #stallOf(loadMs: number, computeMs: number): number {
    const { layers, overlapsLayers } = this.#options;
    if (!overlapsLayers) return loadMs;
    const loadOfLayer = loadMs / layers;
    return loadOfLayer + (layers - 1) * Math.max(0, loadOfLayer - computeMs / layers);
  }
}
