/** A sequence of which pieces may have to change hands. */
export interface MovingSequence {
  /** Hands over what was fetched, between steps. */
  handOver(): Promise<void>;
  /** Resolves when what is being fetched has come, or has not; null when nothing is. */
  readonly fetching: Promise<void> | null;
}

/** Moves pieces of sequences that take no steps, which would do it on their way. */
export class PieceMover {
  readonly #exclusively: (turn: () => Promise<void>) => Promise<void>;
  readonly #moving = new Set<MovingSequence>();

  constructor(exclusively: (turn: () => Promise<void>) => Promise<void>) {
    this.#exclusively = exclusively;
  }

  /** Goes on until nothing is left that can move now. Never rejects. */
  async move(sequence: MovingSequence): Promise<void> {
    if (this.#moving.has(sequence)) return;
    this.#moving.add(sequence);
    try {
      do {
        await sequence.fetching;
        await this.#exclusively(() => sequence.handOver());
      } while (sequence.fetching !== null);
    } catch {
      // It goes wrong in the sequence's next step too, whose caller hears of it.
    } finally {
      this.#moving.delete(sequence);
    }
  }
}
