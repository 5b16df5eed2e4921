import { KvError } from '../core/errors.js';
import type { Clock } from '../core/ports/clock.js';
import type { Queries } from '../device/attentionKernel.js';
import type { MergedNode } from '../device/mergeTree.js';
import type { Board } from '../memory/board.js';
import type { TierStack } from '../tiers/tierStack.js';
import type { AskPeers, Compute, ComputeDone, LogitsWanted } from './compute.js';
import { type LoadTrace, StepFeed, type StepPage } from './stepFeed.js';

export interface StepRequest {
  readonly position: number;
  readonly tokens: Uint32Array;
  readonly hidden: Float32Array | null;
  readonly logits: LogitsWanted | null;
  /** Slot of each layer's growing page. */
  readonly tails: Int32Array;
  /** The pages of each layer, in the order in which the kernel wants them. */
  readonly layers: readonly (readonly StepPage[])[];
  /** Who has the other pages; null when there are none. */
  readonly peers: AskPeers | null;
  /** Pages that they read for the step. */
  readonly peerPages: number;
  readonly signal: AbortSignal;
}

/** Queries of another shard's step, and the pages of the layer that are here. */
export interface AttendRequest {
  readonly layer: number;
  readonly queries: Queries;
  readonly pages: readonly StepPage[];
  readonly signal: AbortSignal;
}

export interface StepOutcome extends ComputeDone {
  /** A prefill computes several tokens of which only the last one's logits are read, or one whose are not. */
  readonly phase: 'prefill' | 'decode';
  readonly loads: LoadTrace;
  /** Pages that other shards have read for it. */
  readonly peerPages: number;
}

export interface StepRunnerParts {
  readonly stack: TierStack;
  readonly compute: Compute;
  readonly clock: Clock;
  readonly pageBytes: number;
  /** What takes time between pinned memory and the device. */
  readonly memoryCause: 'pinned' | 'link';
  /** A board of at least that many entries; the runner keeps it from step to step. */
  makeBoard(entries: number): Board;
}

/** The first board has room for so many pages; it is replaced when a step reads more. */
const boardEntriesMin = 1024;

/**
 * Runs one step at a time: pins what is on the device, starts the kernel on it, and brings the rest in
 * the order in which the kernel will want it, as slots fall free behind it.
 */
export class StepRunner {
  readonly #stack: TierStack;
  readonly #compute: Compute;
  readonly #clock: Clock;
  readonly #pageBytes: number;
  readonly #memoryCause: StepRunnerParts['memoryCause'];
  readonly #makeBoard: (entries: number) => Board;
  #board: Board;

  constructor(parts: StepRunnerParts) {
    this.#stack = parts.stack;
    this.#compute = parts.compute;
    this.#clock = parts.clock;
    this.#pageBytes = parts.pageBytes;
    this.#memoryCause = parts.memoryCause;
    this.#makeBoard = parts.makeBoard;
    this.#board = parts.makeBoard(boardEntriesMin);
  }

  /**
   * @throws KvError `lost`, `corrupt` or `unavailable` naming layer and block when a page does not come,
   * `cancelled` when the signal aborts. All slots are given back in any case.
   */
  async run(request: StepRequest): Promise<StepOutcome> {
    const pages = request.layers.flat();
    const { result, loads } = await this.#feeding(pages, request.signal, (board) =>
      this.#compute.step({
        position: request.position,
        tokens: request.tokens,
        hidden: request.hidden,
        logits: request.logits,
        tails: request.tails,
        layerStarts: starts(request.layers),
        blocks: Int32Array.from(pages, ({ block }) => block),
        board,
        peers: request.peers,
      }),
    );
    const { logits, tokens } = request;
    const isDecode = logits !== null && (tokens.length === 1 || logits.everyPosition);
    const phase = isDecode ? 'decode' : 'prefill';
    return { ...result, phase, loads, peerPages: request.peerPages };
  }

  /** Attention for another shard. @throws KvError as `run`. */
  async attend({ layer, queries, pages, signal }: AttendRequest): Promise<readonly MergedNode[]> {
    const blocks = Int32Array.from(pages, ({ block }) => block);
    const { result } = await this.#feeding(pages, signal, (board) =>
      this.#compute.attend({ layer, queries, blocks, board }),
    );
    return result;
  }

  /** Keeps the board of `work` filled with `pages` until it ends. */
  async #feeding<T>(
    pages: readonly StepPage[],
    signal: AbortSignal,
    work: (board: Board) => Promise<T>,
  ): Promise<{ readonly result: T; readonly loads: LoadTrace }> {
    const board = this.#boardFor(pages.length);
    const feed = new StepFeed(this.#stack, board, pages, this.#clock, this.#pageBytes, this.#memoryCause);
    feed.pinResident();
    const abort = () => feed.fail(new KvError('cancelled', 'the caller gave the step up'));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    try {
      // The kernel may fail before all loads are in: it then ends the feed, and the other way round.
      const [done] = await Promise.allSettled([work(board).finally(() => feed.stop()), feed.run()]);
      if (feed.failure !== null) throw feed.failure;
      if (done.status === 'rejected') throw done.reason;
      return { result: done.value, loads: feed.trace };
    } finally {
      signal.removeEventListener('abort', abort);
      feed.release();
    }
  }

  #boardFor(entries: number): Board {
    if (this.#board.entries < entries) this.#board = this.#makeBoard(2 * entries);
    this.#board.reset();
    return this.#board;
  }
}

function starts(layers: readonly (readonly StepPage[])[]): Int32Array {
  const offsets = new Int32Array(layers.length + 1);
  layers.forEach((pages, index) => {
    offsets[index + 1] = offsets[index]! + pages.length;
  });
  return offsets;
}
