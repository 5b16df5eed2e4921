import type { StepOutcome } from './stepRunner.js';

/** Weight of the newest chunk. */
const weight = 0.2;

/** How long this worker takes to compute a block of a prompt: a weighted mean in which older chunks fade. */
export class PrefillRate {
  readonly #blockTokens: number;
  #tokens = 0;
  #ms = 0;

  constructor(blockTokens: number) {
    this.#blockTokens = blockTokens;
  }

  /** A step of that many tokens. Shorter ones than a block say little: what each step costs weighs more. */
  add(tokens: number, { elapsedMs, phase, stallMs }: StepOutcome): void {
    if (phase !== 'prefill' || tokens < this.#blockTokens) return;
    const share = this.#tokens === 0 ? 1 : weight;
    this.#tokens += share * (tokens - this.#tokens);
    this.#ms += share * (elapsedMs - stallMs - this.#ms);
  }

  /** Milliseconds, or null before the first chunk that took time. */
  get msPerBlock(): number | null {
    return this.#ms > 0 ? (this.#ms / this.#tokens) * this.#blockTokens : null;
  }
}
