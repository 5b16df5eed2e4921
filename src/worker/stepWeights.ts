import { MassSheet } from '../memory/massSheet.js';
import type { AttentionWeights } from '../tiers/attentionWeights.js';
import type { PageHandle } from '../tiers/pageHandle.js';
import type { ComputeLane } from './compute.js';
import type { StepPage } from './stepPage.js';

/** Pages of a job, and for each part of it how many tokens asked and what it left out before. */
export interface WeighedJob {
  readonly pages: readonly StepPage[];
  readonly partOf: Uint16Array;
  readonly parts: readonly { readonly tokens: number; readonly leftOut: Iterable<PageHandle> }[];
}

/** Tells the tiers how much attention the pages of jobs got, as long as residency wants to know. */
export class StepWeights {
  readonly #weights: AttentionWeights;
  /** A lane's is used again from job to job. */
  readonly #sheets: Record<ComputeLane, MassSheet | null> = { decode: null, prefill: null };

  constructor(weights: AttentionWeights) {
    this.#weights = weights;
  }

  /** For the next job of a lane; null where nobody wants to know. */
  sheetFor(lane: ComputeLane, entries: number): MassSheet | null {
    if (!this.#weights.areWanted) this.#sheets[lane] = null;
    else {
      const sheet = this.#sheets[lane];
      if (sheet === null || sheet.entries < entries) this.#sheets[lane] = MassSheet.create(2 * entries);
      this.#sheets[lane]?.reset();
    }
    return this.#sheets[lane];
  }

  /** The job was computed. */
  tell(sheet: MassSheet, { pages, partOf, parts }: WeighedJob): void {
    for (const [entry, { handle }] of pages.entries()) {
      const share = sheet.shareOf(entry);
      if (share !== null) this.#weights.weigh(handle, share, parts[partOf[entry]!]!.tokens);
    }
    for (const { tokens, leftOut } of parts)
      for (const handle of leftOut) this.#weights.weigh(handle, 0, tokens);
  }
}
