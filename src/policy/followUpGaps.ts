/** Gaps that are remembered, the newest. */
const gapsMax = 64;
/** Fewer than these say nothing. */
const gapsMin = 4;
/** Of those that are remembered, the part that may be over before the blocks are there. */
const lateShare = 0.1;
/** Part of the time until then that is left for bringing them. */
const leadShare = 0.1;
/** Where less than this part of the turns is followed by another, none is prepared for. */
const followedShareMin = 0.25;
/** Turns after which those before count half. */
const turnsKept = 256;

/** Learns from the turns of conversations when the next one will come. */
export class FollowUpGaps {
  /** A ring. */
  readonly #gaps: number[] = [];
  #next = 0;
  #ended = 0;
  #followed = 0;

  ended(): void {
    this.#ended += 1;
    if (this.#ended < turnsKept) return;
    this.#ended /= 2;
    this.#followed /= 2;
  }

  followed(gapMs: number): void {
    this.#followed += 1;
    this.#gaps[this.#next] = gapMs;
    this.#next = (this.#next + 1) % gapsMax;
  }

  /** Somewhat before the time after which nine in ten of the next turns come; null where too little speaks for one. */
  waitMs(): number | null {
    if (this.#gaps.length < gapsMin || this.#followed < followedShareMin * this.#ended) return null;
    const sorted = this.#gaps.toSorted((a, b) => a - b);
    return (1 - leadShare) * sorted[Math.floor(lateShare * sorted.length)]!;
  }
}
