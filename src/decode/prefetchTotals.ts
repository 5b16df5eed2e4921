import type { StageTrace } from '../client/stepAnswer.js';
import { type ByTier, tierNames } from '../core/tierName.js';

export interface PrefetchTotals {
  /** Pages and bytes brought to the device tier, by the tier that they came from. */
  readonly byTier: ByTier<{ readonly pages: number; readonly bytes: number }>;
  /** Share of the load time that compute hid; 1 when nothing was loaded. */
  readonly hiddenRatio: number;
  /** Pages that other shards of their stage have read for it, where they lie. */
  readonly peerPages: number;
  /** Sealed pages of full layers that were attended to where they lay, and those left out, over all steps. */
  readonly attended: { readonly pages: number; readonly bytes: number };
  readonly skipped: { readonly pages: number; readonly bytes: number };
  readonly stallMs: number;
  readonly computeMs: number;
}

/** Adds up what the stages report with every step. */
export class PrefetchSums {
  readonly #byTier = { device: zero(), pinned: zero(), disk: zero() };
  #stallMs = 0;
  /** Stalls that no load is to blame for. */
  #otherStallMs = 0;
  #loadMs = 0;
  #computeMs = 0;
  #peerPages = 0;
  readonly #attended = zero();
  readonly #skipped = zero();

  add(stages: readonly StageTrace[]): void {
    for (const stage of stages) {
      this.#stallMs += stage.stallMs;
      this.#otherStallMs += stage.stalls.queue + stage.stalls.peer;
      this.#loadMs += stage.loadMs;
      this.#computeMs += stage.computeMs;
      this.#peerPages += stage.peerPages;
      this.#attended.pages += stage.attendedPages;
      this.#attended.bytes += stage.attendedBytes;
      this.#skipped.pages += stage.skippedPages;
      this.#skipped.bytes += stage.skippedBytes;
      for (const tier of tierNames) {
        this.#byTier[tier].pages += stage.loadedPages[tier];
        this.#byTier[tier].bytes += stage.loadedBytes[tier];
      }
    }
  }

  totals(): PrefetchTotals {
    const loadStallMs = this.#stallMs - this.#otherStallMs;
    const hidden = this.#loadMs > 0 ? 1 - loadStallMs / this.#loadMs : 1;
    return {
      byTier: structuredClone(this.#byTier),
      hiddenRatio: Math.min(1, Math.max(0, hidden)),
      peerPages: this.#peerPages,
      attended: { ...this.#attended },
      skipped: { ...this.#skipped },
      stallMs: this.#stallMs,
      computeMs: this.#computeMs,
    };
  }
}

const zero = () => ({ pages: 0, bytes: 0 });
