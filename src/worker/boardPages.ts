import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BlockSpan } from '../core/blockSpan.js';
import { KvError } from '../core/errors.js';
import type { LayerRange } from '../core/layerRange.js';
import { noStalls, type StallCause, sumOfStalls } from '../core/stallCause.js';
import type { Queries } from '../device/attentionKernel.js';
import { AttentionMass } from '../device/attentionMass.js';
import type { KernelTurn } from '../device/kernelTurn.js';
import type { PageRun, PageSource } from '../device/pageSource.js';
import type { Board } from '../memory/board.js';
import type { MassSheet } from '../memory/massSheet.js';
import type { ApproximateStep } from './approximateStep.js';
import { spansOf } from './plannedReads.js';
import { weighPages } from './weighPages.js';

/** A page of a stuck load is waited for this long before the board is looked at again. */
const lookAgainMs = 1_000;
/** So many loaded pages are worth a run of their own while pages that stay on the device are left. */
const loadedRunMin = 8;
/** Pages that stay are read in runs of at most so many while loads are under way, to look for those between. */
const residentRunMax = 32;
/** Loads land about in order: behind so many that have not, none is looked for. */
const lookAheadMax = 32;

interface BoardStep {
  readonly range: LayerRange;
  readonly board: Board;
  readonly tails: Int32Array;
  /** The entries of layer i on the board: from `entries[2 * i]` up to `entries[2 * i + 1]`. */
  readonly entries: Int32Array;
  /** Block of each entry on the board. */
  readonly blocks: Int32Array;
  readonly turn: BoardTurn;
  /** None in exact mode. */
  readonly approximate?: ApproximateStep | null;
  /** Where it is written how much attention each page gets; nobody asks without it. */
  readonly sheet?: MassSheet | null;
}

/** How one waits who shares the thread. */
export interface BoardTurn extends Pick<KernelTurn, 'idle'> {
  /** Nobody else has work on the thread: it may sleep. */
  isAlone(): boolean;
}

interface ReadyPage {
  readonly entry: number;
  readonly slot: number;
}

/**
 * The pages of one step as the compute thread reads them off the board. Pages that are ready are handed
 * out in runs of neighbouring slots, whatever their order in the sequence. Those that were loaded come before
 * those that stay on the device: their slots are wanted for the next loads.
 */
export class BoardPages implements PageSource {
  /** Time in which no page was there to work on, by what the next one came from. */
  readonly stalls = noStalls();
  readonly mass: AttentionMass | undefined;
  readonly #step: BoardStep;
  #layer = -1;
  /** Entries of the current layer that have not been handed out. */
  #waiting: number[] = [];
  #loaded: ReadyPage[] = [];
  #resident: ReadyPage[] = [];
  /** Entry of each slot that is handed out. */
  readonly #entryOf = new Map<number, number>();

  constructor(step: BoardStep) {
    this.#step = step;
    this.mass = step.approximate?.mass ?? (step.sheet == null ? undefined : new AttentionMass());
  }

  /** The step waited for something that is not on the board. */
  waited(cause: StallCause, ms: number): void {
    this.stalls[cause] += ms;
  }

  /** All stalls together. */
  get stallMs(): number {
    return sumOfStalls(this.stalls);
  }

  tailSlot(layer: number): number {
    return this.#step.tails[layer - this.#step.range.from]!;
  }

  /** The step was computed: writes down what each page got. */
  weigh(): void {
    const { sheet } = this.#step;
    if (sheet != null && this.mass !== undefined) weighPages(sheet, this.mass.layers, this.#step);
  }

  leaveOut(layer: number, queries: Queries): readonly BlockSpan[] {
    const { approximate, board, blocks, range, sheet } = this.#step;
    if (approximate == null) return [];
    const { from } = this.#entriesOf(layer);
    const chosen = approximate.choose(layer - range.from, queries);
    if (chosen === null) return approximate.leftOut[layer - range.from]!;
    const away: number[] = [];
    chosen.forEach((isRead, at) => {
      board.choose(from + at, isRead === 1);
      if (isRead === 1) return;
      away.push(blocks[from + at]!);
      sheet?.put(from + at, 0);
    });
    board.chose();
    return spansOf(away);
  }

  takeReady(layer: number, block: number): PageRun | null {
    if (layer !== this.#layer) this.#begin(layer);
    for (const ready of [this.#loaded, this.#resident]) {
      const at = ready.findIndex(({ entry }) => this.#step.blocks[entry] === block);
      if (at >= 0) return this.#cutRun(ready.splice(at, 1), 1);
    }
    return null;
  }

  async take(layer: number, maxPages: number): Promise<PageRun | null> {
    if (layer !== this.#layer) this.#begin(layer);
    else if (this.#waiting.length > 0) this.#look();
    const ready = this.#loaded.length + this.#resident.length;
    if (ready === 0 && this.#waiting.length === 0) return null;
    if (ready === 0) await this.#wait();
    const isWorthIt = this.#loaded.length >= loadedRunMin || this.#waiting.length === 0;
    if (this.#loaded.length > 0 && (isWorthIt || this.#resident.length === 0)) {
      return this.#cutRun(this.#loaded, maxPages);
    }
    const longest = this.#waiting.length === 0 ? maxPages : Math.min(maxPages, residentRunMax);
    return this.#cutRun(this.#resident, longest);
  }

  release(layer: number, run: PageRun): void {
    const { approximate, board, range } = this.#step;
    run.blocks.forEach((_, index) => {
      const slot = run.firstSlot + index;
      const entry = this.#entryOf.get(slot)!;
      approximate?.read(layer - range.from, entry - this.#entriesOf(layer).from, slot);
      board.consume(entry);
      this.#entryOf.delete(slot);
    });
  }

  #begin(layer: number): void {
    const { approximate, board } = this.#step;
    const { from, to } = this.#entriesOf(layer);
    this.#layer = layer;
    this.#waiting = Array.from({ length: to - from }, (_, offset) => from + offset);
    if (approximate != null)
      this.#waiting = this.#waiting.filter((entry) => board.state(entry) !== 'consumed');
    this.#loaded = [];
    this.#resident = [];
    this.#look(Number.POSITIVE_INFINITY);
  }

  #entriesOf(layer: number): { readonly from: number; readonly to: number } {
    const index = layer - this.#step.range.from;
    const { entries } = this.#step;
    return { from: entries[2 * index]!, to: entries[2 * index + 1]! };
  }

  /** Takes what is ready, and keeps it in the order of slots. Answers what the first of it was late for. */
  #look(lookAhead = lookAheadMax): StallCause | null {
    const { board } = this.#step;
    if (board.cancelled) throw new KvError('cancelled', 'the step was given up');
    const before = this.#loaded.length + this.#resident.length;
    let lateFor: StallCause | null = null;
    let pending = 0;
    let at = 0;
    let kept = 0;
    for (; at < this.#waiting.length && pending < lookAhead; at += 1) {
      const entry = this.#waiting[at]!;
      if (board.state(entry) !== 'ready') {
        this.#waiting[kept] = entry;
        kept += 1;
        pending += 1;
        continue;
      }
      const cause = board.lateFor(entry);
      lateFor ??= cause;
      (cause === null ? this.#resident : this.#loaded).push({ entry, slot: board.slot(entry) });
    }
    if (kept < at) this.#waiting.splice(kept, at - kept);
    if (this.#loaded.length + this.#resident.length > before) {
      this.#loaded.sort(highestFirst);
      this.#resident.sort(highestFirst);
    }
    return lateFor;
  }

  /** Waits until something is ready. */
  async #wait(): Promise<void> {
    const { board } = this.#step;
    const startedMs = performance.now();
    for (;;) {
      const seen = board.changes('main');
      const lateFor = this.#look(Number.POSITIVE_INFINITY);
      if (this.#loaded.length + this.#resident.length > 0) {
        this.stalls[lateFor ?? 'pinned'] += performance.now() - startedMs;
        return;
      }
      if (!board.changedSoon('main', seen)) await this.#sleep(seen);
    }
  }

  /** Who is told of a new job while the thread sleeps is woken by the board too, and lets the message in. */
  async #sleep(seen: number): Promise<void> {
    const { board, turn } = this.#step;
    if (!turn.isAlone()) return turn.idle(board.nextChange('main', seen));
    board.waitForChange('main', seen, lookAgainMs);
    await nextTurn();
  }

  #cutRun(ready: ReadyPage[], maxPages: number): PageRun {
    const { blocks } = this.#step;
    const first = ready.pop()!;
    const run = [blocks[first.entry]!];
    this.#entryOf.set(first.slot, first.entry);
    while (run.length < maxPages && ready.at(-1)?.slot === first.slot + run.length) {
      const { entry, slot } = ready.pop()!;
      this.#entryOf.set(slot, entry);
      run.push(blocks[entry]!);
    }
    return { firstSlot: first.slot, blocks: run };
  }
}

/** Runs are cut from the end. */
function highestFirst(a: ReadyPage, b: ReadyPage): number {
  return b.slot - a.slot;
}
