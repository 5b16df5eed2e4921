import { addedStalls, sumOfStalls } from '../core/stallCause.js';
import { AttentionLane, type TokenAttention } from '../device/attentionLane.js';
import { HostAttentionKernel } from '../device/host/hostAttentionKernel.js';
import type { PagePlanes } from '../device/pagePlanes.js';
import { Board } from '../memory/board.js';
import { MassSheet } from '../memory/massSheet.js';
import { ApproximateStep, type KnownBounds } from './approximateStep.js';
import type { AskedPeers } from './askedPeers.js';
import { BoardPages, type BoardTurn } from './boardPages.js';
import type { AttentionDone, ComputeLane } from './compute.js';
import type { AttentionMessage, ComputeStart } from './computeMessages.js';
import type { KernelTurns } from './kernelTurns.js';

export interface ThreadAttentionParts {
  readonly start: ComputeStart;
  readonly planes: PagePlanes;
  readonly peers: AskedPeers;
  readonly turns: KernelTurns;
  readonly known: KnownBounds;
  boardTurn(lane: ComputeLane): BoardTurn;
}

type Lanes = Readonly<Record<ComputeLane, AttentionLane>>;

/** Attention for engines with a model of their own, in the compute thread. Its kernel is opened with the first use. */
export class ThreadAttention {
  readonly #parts: ThreadAttentionParts;
  #lanes: Promise<Lanes> | null = null;

  constructor(parts: ThreadAttentionParts) {
    this.#parts = parts;
  }

  lanes(): Promise<Lanes> {
    this.#lanes ??= this.#open();
    return this.#lanes;
  }

  /** @throws KvError as `Compute.attention`. */
  async run(id: number, { lane, parts, board, blocks, sheet }: AttentionMessage): Promise<AttentionDone> {
    const { peers, boardTurn, known } = this.#parts;
    const startedMs = performance.now();
    const attention = (await this.lanes())[lane];
    const shared = {
      board: new Board(board),
      sheet: sheet && new MassSheet(sheet),
      blocks,
      turn: boardTurn(lane),
    };
    const answers: TokenAttention[] = [];
    const stalls = [];
    const leftOutPages: number[] = [];
    for (const [at, { hasPeers, tail, entries, approximation, ...queries }] of parts.entries()) {
      const range = { from: queries.layer, to: queries.layer + 1 };
      const approximate = approximation && new ApproximateStep(approximation, known);
      const pages = new BoardPages({ ...shared, range, tails: Int32Array.of(tail), entries, approximate });
      const waited = (ms: number) => pages.waited('peer', ms);
      const others = hasPeers ? { ...peers.of(id, at), waited } : null;
      answers.push(await attention.attend(queries, pages, others));
      pages.weigh();
      stalls.push(pages.stalls);
      leftOutPages.push(approximate?.leftOutPages ?? 0);
    }
    const all = addedStalls(stalls);
    const elapsedMs = performance.now() - startedMs;
    return { answers, leftOutPages, elapsedMs, stallMs: sumOfStalls(all), stalls: all };
  }

  async #open(): Promise<Lanes> {
    const { planes, start, turns } = this.#parts;
    const { geometry, heads, threads, attentionThreads } = start;
    const shape = {
      kvHeads: geometry.kvHeads,
      group: heads / geometry.kvHeads,
      headDim: geometry.headDim,
      blockTokens: geometry.blockTokens,
      dtype: geometry.dtype,
    };
    const kernel = await HostAttentionKernel.open(shape, planes, {
      prefill: threads,
      decode: attentionThreads,
    });
    const laneOf = (lane: ComputeLane) =>
      new AttentionLane(geometry, heads, kernel.lane(), turns.turnOf(lane));
    return { decode: laneOf('decode'), prefill: laneOf('prefill') };
  }
}
