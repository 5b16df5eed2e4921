/** Every bound of the scrubber. */
export interface ScrubBounds {
  /** Bytes that it reads, over all tiers. 0: it does nothing. */
  readonly bytesPerSecond: number;
  /** When to begin after opening: a worker that starts has other things to read. */
  readonly startDelayMs: number;
  /** When to look again after a step was loading pages. */
  readonly busyDelayMs: number;
  /** When to begin again after a round that found nothing to read. */
  readonly emptyRoundDelayMs: number;
  /** Pages without a copy below the device that are passed over in one go. */
  readonly passedOverMax: number;
}

export const defaultScrubBounds: ScrubBounds = {
  bytesPerSecond: 16 * 2 ** 20,
  startDelayMs: 30_000,
  busyDelayMs: 50,
  emptyRoundDelayMs: 10_000,
  passedOverMax: 1_000,
};

/** What the scrubber's last turn came to. */
export type ScrubTurn =
  | { readonly kind: 'checked'; readonly bytes: number; readonly tookMs: number }
  /** Steps are loading: they go first. */
  | { readonly kind: 'busy' }
  /** Only pages without a copy to check. */
  | { readonly kind: 'passedOver' }
  /** All pages were seen since the last time, and none of them read. */
  | { readonly kind: 'emptyRound' };

/** How long to wait after a turn. */
export function scrubDelayMs(turn: ScrubTurn, bounds: ScrubBounds): number {
  switch (turn.kind) {
    case 'checked':
      return Math.max(0, (turn.bytes / bounds.bytesPerSecond) * 1000 - turn.tookMs);
    case 'busy':
      return bounds.busyDelayMs;
    case 'passedOver':
      return 0;
    case 'emptyRound':
      return bounds.emptyRoundDelayMs;
  }
}
