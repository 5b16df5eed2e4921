import type { PageHandle } from './pageHandle.js';
import type { PageTable } from './pageTable.js';

/** Where steps tell how much attention pages get. */
export interface AttentionWeights {
  /** Whether the residency wants to know; else nobody need measure it. */
  readonly areWanted: boolean;
  /**
   * A page that is held got this share of its layer's attention, 0 to 1, on average over `tokens` that could see it; 0
   * where a mode left it out. Residency hears of it when the page is used next.
   */
  weigh(handle: PageHandle, share: number, tokens: number): void;
}

export function attentionWeights({ places, records }: PageTable): AttentionWeights {
  return {
    get areWanted() {
      return places.device.residency.ask((policy) => policy.readsMass === true);
    },
    weigh: (handle, share, tokens) => records.mass.weigh(handle, share, tokens),
  };
}
