import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Lets work that comes in bunches, as when one commit ends many writes, go on in one turn of the event loop
 * each: what a step waits for is heard of in between.
 */
export class TurnPacer {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves in a turn of its own, after all who asked before. */
  async next(): Promise<void> {
    const turn = this.#last.then(() => nextTurn());
    this.#last = turn;
    await turn;
  }
}
