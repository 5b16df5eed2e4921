import PQueue from 'p-queue';
import { expect, it } from 'vitest';
import { type MovingSequence, PieceMover } from '../../src/worker/pieceMover.js';

/** Has so many pieces to move, each fetched in some later turn. */
class Pieces implements MovingSequence {
  fetching: Promise<void> | null = null;
  turns = 0;
  /** Turns that ran while another one did. */
  overlaps = 0;
  #isIn = false;

  constructor(private left: number) {}

  async handOver(): Promise<void> {
    if (this.#isIn) this.overlaps += 1;
    this.#isIn = true;
    this.turns += 1;
    await new Promise((resolve) => setImmediate(resolve));
    if (this.fetching === null && this.left > 0) {
      this.left -= 1;
      this.fetching = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        this.fetching = null;
      });
    }
    this.#isIn = false;
  }
}

it('moves all pieces of a sequence that takes no steps, in turns of their own', async () => {
  const queue = new PQueue({ concurrency: 1 });
  const mover = new PieceMover((turn) => queue.add(turn));
  const pieces = new Pieces(5);
  await Promise.all([mover.move(pieces), mover.move(pieces)]);
  expect(pieces.turns).toBe(6);
  expect(pieces.overlaps).toBe(0);
  await mover.move(pieces);
  expect(pieces.turns).toBe(7);
});

it('leaves it to the next step when a turn fails', async () => {
  const mover = new PieceMover((turn) => turn());
  let turns = 0;
  const broken: MovingSequence = {
    fetching: null,
    handOver: async () => {
      turns += 1;
      throw new Error('a bug');
    },
  };
  await mover.move(broken);
  await mover.move(broken);
  expect(turns).toBe(2);
});
