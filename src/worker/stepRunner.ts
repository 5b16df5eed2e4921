import { KvError } from '../core/errors.js';
import type { MergedNode } from '../device/mergeTree.js';
import type { Board } from '../memory/board.js';
import { onAbort } from '../transfer/onAbort.js';
import type { ApproximateDone } from './approximation.js';
import type { AttendRequest } from './attendRequest.js';
import type { AttentionOutcome, AttentionRequest } from './attentionRequest.js';
import type { AttentionPart, ComputeAnswer, ComputeDone, ComputeLane, ComputePart } from './compute.js';
import { LayerGate } from './layerGate.js';
import type { LoadTrace } from './loadCounts.js';
import { LoadsAhead, pagesAheadMax } from './loadsAhead.js';
import type { PageCount } from './pageCount.js';
import { choicesOf, stepEntries } from './stepEntries.js';
import { StepFeed } from './stepFeed.js';
import type { StepPage } from './stepPage.js';
import type { StepRequest } from './stepRequest.js';
import type { StepRunnerParts } from './stepRunnerParts.js';
import { StepWeights } from './stepWeights.js';
import { watchedPeers } from './watchedPeers.js';

/** Times are those of all steps that were computed together. */
export interface StepOutcome extends Omit<ComputeDone, 'answers' | 'approximate'> {
  readonly answer: ComputeAnswer;
  readonly phase: ComputeLane;
  readonly loads: LoadTrace;
  /** Pages that other shards have read for it. */
  readonly peerPages: number;
  /** How many steps were computed together. */
  readonly batch: number;
  /** Sealed pages of full layers that the step attended to here, and those that its mode left out. */
  readonly attended: PageCount;
  readonly skipped: PageCount;
  /** Null in exact mode. */
  readonly approximate: ApproximateDone | null;
}

/** How one part of a batch ended. `lost`, `corrupt` and `unavailable` name layer and block of a page that did not come. */
export type PartEnd<Outcome> =
  | { readonly kind: 'done'; readonly outcome: Outcome }
  | { readonly kind: 'failed'; readonly error: KvError };

export type StepEnd = PartEnd<StepOutcome>;

/** The first board has room for so many pages; it is replaced when a job reads more. */
const boardEntriesMin = 1024;

/** How a try ended; `part` is whose step made it fail, or null where that was nobody in particular. */
type Attempt<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly part: number | null; readonly error: KvError };

/**
 * Runs the jobs of a lane one after the other: pins what is on the device, starts the kernel on it, and brings
 * the rest in the order in which the kernel will want it, as slots fall free behind it.
 */
export class StepRunner {
  readonly #parts: StepRunnerParts;
  readonly #weights: StepWeights;
  readonly #boards: Record<ComputeLane, Board>;
  readonly #ahead: Readonly<Record<ComputeLane, LoadsAhead>>;
  /** What the last job of each lane had to load first. */
  readonly #broughtFirst: Record<ComputeLane, readonly StepPage[]> = { decode: [], prefill: [] };

  constructor(parts: StepRunnerParts) {
    this.#parts = parts;
    this.#weights = new StepWeights(parts.stack.attention);
    this.#ahead = { decode: new LoadsAhead(parts.stack), prefill: new LoadsAhead(parts.stack) };
    this.#boards = { decode: parts.makeBoard(boardEntriesMin), prefill: parts.makeBoard(boardEntriesMin) };
  }

  /**
   * Computes steps of different sequences together. One that fails is left out and the others are computed
   * again: they write the same rows with the same bits. Never rejects; all slots are given back in any case.
   * @returns an end for each.
   */
  run(lane: ComputeLane, requests: readonly StepRequest[]): Promise<StepEnd[]> {
    return this.#together(requests, (some) => this.#attempt(lane, some));
  }

  /** As `run`, for attention of engines with their own model. */
  attention(lane: ComputeLane, requests: readonly AttentionRequest[]): Promise<PartEnd<AttentionOutcome>[]> {
    return this.#together(requests, (some) => this.#attentionAttempt(lane, some));
  }

  async #together<Request, Outcome>(
    requests: readonly Request[],
    tryAll: (some: readonly Request[]) => Promise<Attempt<Outcome[]>>,
  ): Promise<PartEnd<Outcome>[]> {
    const ends = new Map<Request, PartEnd<Outcome>>();
    for (let left = requests; left.length > 0; ) {
      const attempt = await tryAll(left);
      if (attempt.kind === 'done') {
        left.forEach((request, at) => {
          ends.set(request, { kind: 'done', outcome: attempt.value[at]! });
        });
        break;
      }
      const culprit = left[attempt.part ?? 0]!;
      if (attempt.part === null && left.length > 1) {
        // Each by itself shows whose fault it was.
        const [end] = await this.#together([culprit], tryAll);
        ends.set(culprit, end!);
      } else ends.set(culprit, { kind: 'failed', error: attempt.error });
      left = left.filter((request) => request !== culprit);
    }
    return requests.map((request) => ends.get(request)!);
  }

  /**
   * Attention for another shard.
   * @throws KvError `lost`, `corrupt` or `unavailable` naming layer and block when a page does not come,
   * `cancelled` when the signal aborts. All slots are given back in any case.
   */
  async attend(
    lane: ComputeLane,
    { layer, queries, pages, signal }: AttendRequest,
  ): Promise<readonly MergedNode[]> {
    const { compute } = this.#parts;
    const blocks = Int32Array.from(pages, ({ block }) => block);
    const feed = this.#feedOf(lane, pages, new Uint16Array(pages.length));
    const work = () => compute.attend({ lane, layer, queries, blocks, board: feed.board });
    const attempt = await this.#feeding(feed, [signal], work);
    if (attempt.kind === 'failed') throw attempt.error;
    return attempt.value;
  }

  async #attempt(lane: ComputeLane, requests: readonly StepRequest[]): Promise<Attempt<StepOutcome[]>> {
    const { pages, blocks, partOf, entries } = stepEntries(requests.map(({ layers }) => layers));
    const chosenFrom = requests.map(({ approximation }) => approximation?.isChosenFrom ?? null);
    const choices = choicesOf(chosenFrom, entries, pages.length);
    const feed = this.#feedOf(lane, pages, partOf, choices, this.#gateOf(entries));
    const sheet = this.#weights.sheetFor(lane, pages.length);
    const parts = requests.map((request, part): ComputePart => {
      const { position, tokens, hidden, logits, tails, peers } = request;
      const asked = peers && watchedPeers(peers, (error) => feed.fail(error, part));
      const approximation = request.approximation?.job ?? null;
      return {
        position,
        tokens,
        hidden,
        logits,
        tails,
        entries: entries[part]!,
        peers: asked,
        approximation,
      };
    });
    const signals = requests.map(({ signal }) => signal);
    const work = () => this.#parts.compute.step({ lane, parts, blocks, board: feed.board, sheet });
    const attempt = await this.#feeding(feed, signals, work);
    if (attempt.kind === 'failed') return attempt;
    if (sheet !== null) {
      const weighed = requests.map(({ tokens, leftOut }) => ({ tokens: tokens.length, leftOut: leftOut() }));
      this.#weights.tell(sheet, { pages, partOf, parts: weighed });
    }
    this.#broughtFirst[lane] = feed.absent(pagesAheadMax);
    const { answers, approximate: told, ...times } = attempt.value;
    const value = requests.map(({ peerPages, fullPages, skippedPages }, part): StepOutcome => {
      const loads = feed.traceOf(part);
      const approximate = told[part]!;
      const unchosen = approximate?.leftOutPages ?? 0;
      const attended = this.#counted(fullPages - unchosen);
      const skipped = this.#counted(skippedPages + unchosen);
      const { length: batch } = requests;
      return {
        ...times,
        answer: answers[part]!,
        phase: lane,
        loads,
        peerPages,
        batch,
        attended,
        skipped,
        approximate,
      };
    });
    return { kind: 'done', value };
  }

  async #attentionAttempt(
    lane: ComputeLane,
    requests: readonly AttentionRequest[],
  ): Promise<Attempt<AttentionOutcome[]>> {
    const { pages, blocks, partOf, entries } = stepEntries(requests.map((request) => [request.pages]));
    const chosenFrom = requests.map(({ approximation }) => (approximation?.bounded ? [true] : null));
    const feed = this.#feedOf(lane, pages, partOf, choicesOf(chosenFrom, entries, pages.length));
    const sheet = this.#weights.sheetFor(lane, pages.length);
    const parts = requests.map(({ queries, tail, peers, approximation }, part): AttentionPart => {
      const asked = peers && watchedPeers(peers, (error) => feed.fail(error, part));
      return { ...queries, tail, entries: entries[part]!, peers: asked, approximation };
    });
    const signals = requests.map(({ signal }) => signal);
    const work = () => this.#parts.compute.attention({ lane, parts, blocks, board: feed.board, sheet });
    const attempt = await this.#feeding(feed, signals, work);
    if (attempt.kind === 'failed') return attempt;
    if (sheet !== null) {
      const weighed = requests.map(({ queries, leftOut }) => ({ tokens: queries.tokens, leftOut }));
      this.#weights.tell(sheet, { pages, partOf, parts: weighed });
    }
    const { answers, leftOutPages, ...times } = attempt.value;
    const value = requests.map(({ pages: { length }, peerPages, leftOut }, part): AttentionOutcome => {
      const loads = feed.traceOf(part);
      const unchosen = leftOutPages[part]!;
      const attended = this.#counted(length - unchosen);
      const skipped = this.#counted(leftOut.length + unchosen);
      return {
        ...times,
        answer: answers[part]!,
        loads,
        peerPages,
        batch: requests.length,
        attended,
        skipped,
      };
    });
    return { kind: 'done', value };
  }

  /** Keeps the feed's board filled until the work ends. @param signals one a part. */
  async #feeding<T>(
    feed: StepFeed,
    signals: readonly AbortSignal[],
    work: () => Promise<T>,
  ): Promise<Attempt<T>> {
    feed.pinResident();
    const unwatch = signals.map((signal, part) => {
      const abort = () => feed.fail(new KvError('cancelled', 'the caller gave the step up'), part);
      if (signal.aborted) abort();
      return onAbort(signal, abort);
    });
    try {
      // The kernel may fail before all loads are in: it then ends the feed, and the other way round.
      const [done] = await Promise.allSettled([work().finally(() => feed.stop()), feed.run()]);
      if (feed.failure !== null) return { kind: 'failed', ...feed.failure };
      if (done.status === 'fulfilled') return { kind: 'done', value: done.value };
      return { kind: 'failed', part: null, error: KvError.from(done.reason) };
    } finally {
      for (const stop of unwatch) stop();
      feed.release();
    }
  }

  #feedOf(
    lane: ComputeLane,
    pages: readonly StepPage[],
    partOf: Uint16Array,
    choices: Uint8Array | null = null,
    gate: LayerGate | null = null,
  ): StepFeed {
    const { clock, memoryCause, pageBytes, stack } = this.#parts;
    const ahead = this.#ahead[lane];
    ahead.stop();
    const board = this.#boardFor(lane, pages.length);
    const freesRead = stack.attention.areWanted;
    return new StepFeed({
      stack,
      board,
      pages,
      partOf,
      clock,
      pageBytes,
      memoryCause,
      ahead,
      choices,
      gate,
      freesRead,
    });
  }

  #gateOf(entries: readonly Int32Array[]): LayerGate | null {
    const { layersAhead } = this.#parts;
    return layersAhead === Number.POSITIVE_INFINITY ? null : new LayerGate(entries, layersAhead);
  }

  #counted(pages: number): PageCount {
    return { pages, bytes: pages * this.#parts.pageBytes };
  }

  /** After the sequences of a lane's job have let go of what they do not read again. */
  loadAhead(lane: ComputeLane): void {
    const { layersAhead, stack } = this.#parts;
    if (layersAhead === 0) return;
    // What lies in memory is brought sooner by the step itself than between other work.
    const onDisk = this.#broughtFirst[lane].filter(({ page, handle }) => {
      return stack.isHeld(handle) && stack.whereIs(page) === 'disk';
    });
    this.#ahead[lane].begin(onDisk.map(({ handle }) => handle));
  }

  /** Before sequences let go of pages. */
  stopLoadsAhead(): void {
    for (const ahead of Object.values(this.#ahead)) ahead.stop();
  }

  #boardFor(lane: ComputeLane, entries: number): Board {
    if (this.#boards[lane].entries < entries) this.#boards[lane] = this.#parts.makeBoard(2 * entries);
    this.#boards[lane].reset();
    return this.#boards[lane];
  }
}
