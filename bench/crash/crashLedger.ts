/** What a client was told about blocks, and so what has to be there after the worker was killed. */
export class CrashLedger {
  readonly #stored = new Set<number>();
  readonly #removing = new Set<number>();
  #durable = new Set<number>();

  get durable(): ReadonlySet<number> {
    return this.#durable;
  }

  stored(block: number): void {
    if (!this.#removing.has(block)) this.#stored.add(block);
  }

  /** From here on it may be gone. */
  removing(block: number): void {
    this.#removing.add(block);
    this.#stored.delete(block);
    this.#durable.delete(block);
  }

  /** The removal has ended, or the worker with it. */
  removed(block: number): void {
    this.#removing.delete(block);
  }

  /** A flush is asked for. The answer is to be called when it has succeeded. */
  flushing(): () => void {
    const before = [...this.#stored];
    return () => {
      this.#durable = new Set([...this.#durable, ...before.filter((block) => this.#stored.has(block))]);
    };
  }

  /** The worker is gone: only what is durable is known to be there. */
  killed(): void {
    this.#removing.clear();
    this.#stored.clear();
    for (const block of this.#durable) this.#stored.add(block);
  }
}
