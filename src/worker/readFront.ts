import type { Board } from '../memory/board.js';

/** How far the entries of a board have been read without a gap: a kernel reads a layer whole before the next one. */
export class ReadFront {
  readonly #board: Pick<Board, 'state'>;
  readonly #entries: number;
  #at = 0;

  constructor(board: Pick<Board, 'state'>, entries: number) {
    this.#board = board;
    this.#entries = entries;
  }

  /** All entries before it are consumed. Looks at each once that is. */
  reached(): number {
    while (this.#at < this.#entries && this.#board.state(this.#at) === 'consumed') this.#at += 1;
    return this.#at;
  }
}
