import { KvError } from '../core/errors.js';
import type { LayerRange } from '../core/layerRange.js';
import type { Board } from '../memory/board.js';
import type { PageRun, PageSource } from '../model/stepTypes.js';

/** A page of a stuck load is waited for this long before the board is looked at again. */
const lookAgainMs = 1_000;

interface BoardStep {
  readonly range: LayerRange;
  readonly board: Board;
  readonly tails: Int32Array;
  readonly layerStarts: Int32Array;
  readonly blocks: Int32Array;
}

/**
 * The pages of one step as the compute thread reads them off the board. Pages that are ready are handed
 * out in runs of neighbouring slots, whatever their order in the sequence.
 */
export class BoardPages implements PageSource {
  stallMs = 0;
  readonly #step: BoardStep;
  #layer = -1;
  /** Entries of the current layer that have not been handed out. */
  #waiting: number[] = [];
  #ready: { entry: number; slot: number }[] = [];
  /** Entry of each slot that is handed out. */
  readonly #entryOf = new Map<number, number>();

  constructor(step: BoardStep) {
    this.#step = step;
  }

  tailSlot(layer: number): number {
    return this.#step.tails[layer - this.#step.range.from]!;
  }

  take(layer: number, maxPages: number): PageRun | null {
    if (layer !== this.#layer) this.#begin(layer);
    if (this.#ready.length === 0) {
      if (this.#waiting.length === 0) return null;
      this.#collect();
    }
    return this.#cutRun(maxPages);
  }

  release(_layer: number, run: PageRun): void {
    run.blocks.forEach((_, index) => {
      const slot = run.firstSlot + index;
      this.#step.board.consume(this.#entryOf.get(slot)!);
      this.#entryOf.delete(slot);
    });
  }

  #begin(layer: number): void {
    const index = layer - this.#step.range.from;
    const from = this.#step.layerStarts[index]!;
    const to = this.#step.layerStarts[index + 1]!;
    this.#layer = layer;
    this.#waiting = Array.from({ length: to - from }, (_, offset) => from + offset);
    this.#ready = [];
  }

  /** Waits until something is ready, then takes all that is, in the order of slots. */
  #collect(): void {
    const { board } = this.#step;
    for (;;) {
      const seen = board.changes('main');
      if (board.cancelled) throw new KvError('cancelled', 'the step was given up');
      this.#waiting = this.#waiting.filter((entry) => {
        if (board.state(entry) !== 'ready') return true;
        this.#ready.push({ entry, slot: board.slot(entry) });
        return false;
      });
      if (this.#ready.length > 0) break;
      const before = performance.now();
      if (!board.changedSoon('main', seen)) board.waitForChange('main', seen, lookAgainMs);
      this.stallMs += performance.now() - before;
    }
    // Highest slot first: runs are cut from the end.
    this.#ready.sort((a, b) => b.slot - a.slot);
  }

  #cutRun(maxPages: number): PageRun {
    const { blocks } = this.#step;
    const first = this.#ready.pop()!;
    const run = [blocks[first.entry]!];
    this.#entryOf.set(first.slot, first.entry);
    while (run.length < maxPages && this.#ready.at(-1)?.slot === first.slot + run.length) {
      const { entry, slot } = this.#ready.pop()!;
      this.#entryOf.set(slot, entry);
      run.push(blocks[entry]!);
    }
    return { firstSlot: first.slot, blocks: run };
  }
}
