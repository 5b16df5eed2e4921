/**
 * The port of prefetch: what is brought up before a step asks for it. Pure and synchronous as the other policies; whoever
 * asks does the moving, with less priority than what a step waits for, and never in place of what a live sequence needs
 * and has nowhere else.
 */
export interface PrefetchPolicy {
  /**
   * How many layers beyond the one that is computed pages may be brought of, as far as there is room for them;
   * `Infinity` for all. Where it is not 0, what the next step will read first is brought between two steps.
   */
  readonly layersAhead: number;
  /** Whether the whole prefix of a sequence is brought to the tier below the device while its first step waits. */
  readonly bringsQueued: boolean;
  /** Whether it wants to hear of turns; without it, nobody keeps in mind where conversations ended. */
  readonly expectsTurns: boolean;
  /**
   * A turn of a conversation ended.
   * @returns in how many ms its blocks are to be brought up again, or null where they are left where they are.
   */
  ended(): number | null;
  /** A turn came that goes on where one had ended `gapMs` before. */
  followed(gapMs: number): void;
}

export type PrefetchFactory = () => PrefetchPolicy;
