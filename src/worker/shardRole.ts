/**
 * Whether a worker leads sequences that have pages elsewhere, or keeps pages for sequences that others lead.
 * Never both: a lead waits for its peers within its one turn, so two workers that kept pages for each other
 * would wait for ever. With one lead a stage that comes of itself, but leads change with the membership,
 * and streams outlive such changes.
 */
export class ShardRole {
  /** Nothing new is kept for others. */
  isDraining = false;
  #leading = 0;
  #keeping = 0;

  /** @returns the end of it, or null while this worker keeps pages for others. */
  lead(): (() => void) | null {
    if (this.#keeping > 0) return null;
    this.#leading += 1;
    return once(() => {
      this.#leading -= 1;
    });
  }

  /** @returns the end of it, or null while this worker has pages kept by others. */
  keep(): (() => void) | null {
    if (this.#leading > 0) return null;
    this.#keeping += 1;
    return once(() => {
      this.#keeping -= 1;
    });
  }
}

function once(end: () => void): () => void {
  let hasEnded = false;
  return () => {
    if (!hasEnded) end();
    hasEnded = true;
  };
}
