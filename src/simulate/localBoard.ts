import { Board, type BoardSide, boardMemory } from '../memory/board.js';

/**
 * A board whose two sides share one thread: changes wake sleepers as microtasks, never by way of the
 * machine's clock, so that a simulation stays the same from run to run.
 */
export class LocalBoard extends Board {
  readonly #sleepers: Record<BoardSide, (() => void)[]> = { main: [], compute: [] };

  static override create(entries: number): LocalBoard {
    return new LocalBoard(boardMemory(entries));
  }

  override nextChange(by: BoardSide, seen: number): Promise<void> {
    if (this.changes(by) !== seen) return Promise.resolve();
    return new Promise((wake) => this.#sleepers[by].push(wake));
  }

  /** The other side runs on this thread: it cannot change anything while this one looks. */
  override changedSoon(by: BoardSide, seen: number): boolean {
    return this.changes(by) !== seen;
  }

  protected override changed(by: BoardSide): void {
    super.changed(by);
    for (const wake of this.#sleepers[by].splice(0)) wake();
  }
}
