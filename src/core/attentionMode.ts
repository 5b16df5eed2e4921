/**
 * Which of a sequence's sealed pages a full layer reads. Everything but `exact` is an approximation: chosen by
 * name, never a default, and it says in each step what it read. Window layers and the growing page are
 * always read as the model has them.
 */
export type AttentionMode =
  | { readonly kind: 'exact' }
  /** The first and the last tokens, in whole pages (StreamingLLM). */
  | { readonly kind: 'sinks'; readonly sinkTokens: number; readonly windowTokens: number }
  /**
   * This share of the pages, at least one: those whose keys may score highest, by the bounds of each channel
   * (Quest). Bounds stay in memory; only chosen pages are brought.
   */
  | { readonly kind: 'topPages'; readonly share: number }
  /** This share of the pages, at least one: those with most attention so far, and the newest (H2O). The rest is let go. */
  | { readonly kind: 'heavyHitters'; readonly share: number };

export const exactAttention: AttentionMode = { kind: 'exact' };

/** What a mode takes where nothing else is said. */
export const attentionDefaults = { share: 0.1, sinkTokens: 4, windowTokens: 2048 } as const;
