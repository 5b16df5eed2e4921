/** Works on several questions of a stream at once, at most `inWorkMax`, and answers in their order. */
export class AnswerLine {
  readonly #inWorkMax: number;
  #inWork = 0;
  #last: Promise<void> = Promise.resolve();
  #room: (() => void) | null = null;

  constructor(inWorkMax: number) {
    this.#inWorkMax = inWorkMax;
  }

  /** Waits until one more question may be worked on. Called by one reader, before each `add`. */
  async room(): Promise<void> {
    if (this.#inWork < this.#inWorkMax) return;
    await new Promise<void>((resolve) => {
      this.#room = resolve;
    });
  }

  /** @param answer runs after all before it; it sees to its own clean-up and does not reject. */
  add(answer: () => Promise<void>): void {
    this.#inWork += 1;
    this.#last = this.#last.then(answer).then(() => {
      this.#inWork -= 1;
      this.#room?.();
      this.#room = null;
    });
  }

  /** Resolves when all is answered. */
  end(): Promise<void> {
    return this.#last;
  }
}
