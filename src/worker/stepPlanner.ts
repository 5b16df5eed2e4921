import { approximateParent } from '../core/approximateKey.js';
import { type AttentionMode, exactAttention } from '../core/attentionMode.js';
import { type BlockKey, nextBlockKey, type Sealing } from '../core/blockKey.js';
import { type BlockSpan, blocksToResume, neededBlocks } from '../core/blockSpan.js';
import { KvError } from '../core/errors.js';
import type { Geometry } from '../core/geometry.js';
import type { PageId } from '../core/pageId.js';
import type { WantedOutput } from '../model/stepTypes.js';
import { checkFollows } from './checkFollows.js';
import { GivenSpans } from './givenSpans.js';
import { type Holding, ownPages } from './holding.js';
import { keptTailTokens } from './keptTailTokens.js';
import { type PlannedReads, plannedReads } from './plannedReads.js';
import { readingQueries } from './readingQueries.js';
import type { StepPlannerOptions } from './stepPlannerOptions.js';

export interface PlannedLayer extends PlannedReads {
  readonly layer: number;
}

export interface PlannedStep {
  readonly position: number;
  readonly tokens: Uint32Array;
  readonly output: WantedOutput;
  /** In layer order, which is the order of their deadlines. */
  readonly layers: readonly PlannedLayer[];
  /** Pages of full layers that other shards have and read for the step. */
  readonly peerPages: number;
  /** The logits of each of its tokens are wanted. In other steps, of a prefill, no mode leaves anything out. */
  readonly isDecode: boolean;
}

export type PlannerEvent =
  /**
   * Start, or go on, after this many blocks of the chain; the growing pages are dropped. Pages of full
   * layers in the blocks `given` are with other shards.
   */
  | { readonly kind: 'seek'; readonly blocks: number; readonly given?: readonly BlockSpan[] }
  /** Other shards have the pages of full layers in these blocks from now on. */
  | { readonly kind: 'gave'; readonly span: BlockSpan }
  /** They are here again: all of them can be held. */
  | { readonly kind: 'took'; readonly span: BlockSpan }
  | {
      readonly kind: 'step';
      readonly position: number;
      readonly tokens: Uint32Array;
      readonly output: WantedOutput;
    }
  /** An approximate mode lets these blocks of a full layer go for good. */
  | { readonly kind: 'dropped'; readonly layer: number; readonly blocks: readonly number[] }
  /** The step that was planned last is not computed: there was no room for the growing pages of its block. */
  | { readonly kind: 'withdraw' }
  /** The step that was planned last has been computed. */
  | { readonly kind: 'stepped' }
  /** Go back to the first `tokens` tokens: only what is in the growing pages can go. */
  | { readonly kind: 'truncate'; readonly tokens: number }
  | { readonly kind: 'close' };

export type PlannerEffect =
  | { readonly kind: 'dropTails' }
  /** A new block begins: each layer needs an empty growing page. */
  | { readonly kind: 'takeTails' }
  | { readonly kind: 'hold'; readonly page: PageId; readonly block: number }
  | { readonly kind: 'letGo'; readonly page: PageId; readonly block: number; readonly leftWindow: boolean }
  | { readonly kind: 'compute'; readonly step: PlannedStep }
  /** The growing pages are whole; they are held from now on. */
  | { readonly kind: 'seal'; readonly block: number; readonly pages: readonly PageId[] };

/**
 * What one worker must hold, read and seal for one sequence. It knows which pages a step needs and when
 * a page leaves the window; it does not know where pages are.
 */
export class StepPlanner {
  readonly #geometry: Geometry;
  readonly #rootKey: BlockKey;
  readonly #chain: BlockKey[];
  readonly #sealing: Sealing | null;
  readonly #holdings: Holding[];
  #length = 0;
  #tailTokens: number[] = [];
  #planned: PlannedStep | null = null;
  readonly #given = new GivenSpans();
  readonly #mode: AttentionMode;
  /** Some KV of the growing pages comes from a step that left pages out. */
  #isTailApproximate = false;

  constructor(options: StepPlannerOptions) {
    const { geometry, range, rootKey, chain } = options;
    this.#sealing = options.sealing ?? null;
    this.#mode = options.attention ?? exactAttention;
    this.#geometry = geometry;
    this.#rootKey = rootKey;
    this.#chain = [...chain];
    this.#holdings = geometry.layers.slice(range.from, range.to).map((attention, index) => ({
      layer: range.from + index,
      attention,
      pages: [],
      first: 0,
      end: 0,
      gone: new Set(),
    }));
    this.#extendPages();
  }

  /** Tokens written so far. */
  get length(): number {
    return this.#length;
  }

  /** The keys of all blocks known so far: those given, and those sealed, also past `length` from before a seek. */
  get chain(): readonly BlockKey[] {
    return this.#chain;
  }

  /** @throws KvError `invalid` when the event does not follow from what came before. */
  handle(event: PlannerEvent): PlannerEffect[] {
    switch (event.kind) {
      case 'seek':
        return this.#seek(event.blocks, event.given ?? []);
      case 'gave':
        return this.#gave(event.span);
      case 'took':
        return this.#took(event.span);
      case 'step':
        return this.#plan(event.position, event.tokens, event.output);
      case 'dropped':
        return this.#drop(event.layer, event.blocks);
      case 'withdraw':
        this.#planned = null;
        return [{ kind: 'dropTails' }];
      case 'stepped':
        return this.#stepped();
      case 'truncate':
        return this.#truncate(event.tokens);
      case 'close':
        return [{ kind: 'dropTails' }, ...this.#letGoAll()];
    }
  }

  #seek(blocks: number, given: readonly BlockSpan[]): PlannerEffect[] {
    if (blocks > this.#chain.length) {
      throw new KvError(
        'invalid',
        `cannot go on after ${blocks} blocks: the chain has ${this.#chain.length}`,
      );
    }
    const effects: PlannerEffect[] = [{ kind: 'dropTails' }, ...this.#letGoAll()];
    this.#length = blocks * this.#geometry.blockTokens;
    this.#tailTokens = [];
    this.#isTailApproximate = false;
    this.#planned = null;
    this.#given.set(given);
    for (const holding of this.#holdings) {
      const span = blocksToResume(holding.attention, this.#geometry.blockTokens, blocks);
      holding.first = span.first;
      holding.end = span.end;
      for (const { page, block } of ownPages(holding, span, this.#given))
        effects.push({ kind: 'hold', page, block });
    }
    return effects;
  }

  #gave(span: BlockSpan): PlannerEffect[] {
    const pages = this.#fullHoldings().flatMap((holding) => ownPages(holding, span, this.#given));
    this.#given.add(span);
    // Of what is cached here they go first, as pages that left a window do.
    return pages.map(({ page, block }) => ({ kind: 'letGo', page, block, leftWindow: true }));
  }

  #took(span: BlockSpan): PlannerEffect[] {
    const taken = this.#given.remove(span);
    const pages = this.#fullHoldings().flatMap((of) =>
      taken.flatMap((one) => of.pages.slice(one.first, one.end)),
    );
    return pages.map(({ page, block }) => ({ kind: 'hold', page, block }));
  }

  #fullHoldings(): Holding[] {
    return this.#holdings.filter(({ attention }) => attention.kind === 'full');
  }

  #drop(layer: number, blocks: readonly number[]): PlannerEffect[] {
    const { pages, gone } = this.#holdings.find((holding) => holding.layer === layer)!;
    return blocks.map((block) => {
      gone.add(block);
      return { kind: 'letGo', page: pages[block]!.page, block, leftWindow: false };
    });
  }

  #plan(position: number, tokens: Uint32Array, output: WantedOutput): PlannerEffect[] {
    const { blockTokens } = this.#geometry;
    if (this.#planned !== null) throw new KvError('internal', 'a step was planned before the last one ended');
    checkFollows({ position, tokens: tokens.length }, this.#length, blockTokens);
    const inBlock = position % blockTokens;
    let peerPages = 0;
    const isDecode = output === 'everyLogits' || (output === 'logits' && tokens.length === 1);
    const layers = this.#holdings.map((holding) => {
      const { layer, attention } = holding;
      const isLast = layer === this.#geometry.layers.length - 1;
      const reader = readingQueries(isLast, { position, tokens: tokens.length }, output);
      if (reader === null) return { layer, pages: [], leftOut: [] };
      if (attention.kind === 'full') peerPages += this.#given.blocks;
      const span = neededBlocks(attention, blockTokens, reader.position, reader.tokens);
      const own = ownPages(holding, { first: span.first, end: span.end - 1 }, this.#given);
      const step = { mode: this.#mode, isDecode, position: reader.position };
      return { layer, ...plannedReads(holding, own, step, blockTokens) };
    });
    this.#planned = { position, tokens, output, layers, peerPages, isDecode };
    const effects: PlannerEffect[] = [{ kind: 'compute', step: this.#planned }];
    return inBlock === 0 ? [{ kind: 'takeTails' }, ...effects] : effects;
  }

  #stepped(): PlannerEffect[] {
    const step = this.#planned;
    if (step === null) throw new KvError('internal', 'a step ended that was never planned');
    this.#planned = null;
    this.#length += step.tokens.length;
    for (const token of step.tokens) this.#tailTokens.push(token);
    const isGone = this.#holdings.some(({ gone }) => gone.size > 0);
    if (this.#mode.kind !== 'exact' && (step.isDecode || isGone)) this.#isTailApproximate = true;
    const effects: PlannerEffect[] = [];
    if (this.#tailTokens.length === this.#geometry.blockTokens) effects.push(this.#seal());
    effects.push(...this.#leaveWindows());
    return effects;
  }

  #truncate(tokens: number): PlannerEffect[] {
    if (this.#planned !== null) throw new KvError('internal', 'a sequence was cut before its step ended');
    const had = this.#tailTokens.length;
    this.#tailTokens.length = keptTailTokens(tokens, this.#length, this.#length - had);
    this.#length = tokens;
    if (this.#tailTokens.length === 0) this.#isTailApproximate = false;
    return had > 0 && this.#tailTokens.length === 0 ? [{ kind: 'dropTails' }] : [];
  }

  #seal(): PlannerEffect {
    const block = this.#length / this.#geometry.blockTokens - 1;
    const parent = this.#chain[block - 1] ?? this.#rootKey;
    const after = this.#isTailApproximate ? approximateParent(parent, this.#mode) : parent;
    const key = nextBlockKey(after, this.#tailTokens, this.#sealing);
    this.#tailTokens = [];
    this.#isTailApproximate = false;
    // What was known past this block stays known as long as the tokens are the same.
    if (this.#chain[block] !== key) {
      this.#chain.length = block;
      this.#chain.push(key);
      for (const { pages } of this.#holdings) pages.length = block;
      this.#extendPages();
    }
    const pages = this.#holdings.map((holding) => {
      holding.end = block + 1;
      return holding.pages[block]!.page;
    });
    return { kind: 'seal', block, pages };
  }

  /** Counted from the start of the growing block: the sequence may go back to there. */
  #leaveWindows(): PlannerEffect[] {
    const effects: PlannerEffect[] = [];
    const start = this.#length - this.#tailTokens.length;
    for (const holding of this.#holdings) {
      const { first } = neededBlocks(holding.attention, this.#geometry.blockTokens, start, 1);
      while (holding.first < Math.min(first, holding.end)) {
        const block = holding.first;
        effects.push({ kind: 'letGo', page: holding.pages[block]!.page, block, leftWindow: true });
        holding.first += 1;
      }
    }
    return effects;
  }

  /** The deepest block first: of a chain that ended, the beginning is worth most. */
  #letGoAll(): PlannerEffect[] {
    return this.#holdings.flatMap((holding) => {
      const own = ownPages(holding, holding, this.#given);
      const held = own.filter(({ block }) => !holding.gone.has(block));
      holding.gone.clear();
      holding.first = 0;
      holding.end = 0;
      return held
        .reverse()
        .map(({ page, block }): PlannerEffect => ({ kind: 'letGo', page, block, leftWindow: false }));
    });
  }

  #extendPages(): void {
    for (const { layer, pages } of this.#holdings) {
      for (let block = pages.length; block < this.#chain.length; block += 1) {
        pages.push({ page: { block: this.#chain[block]!, layer }, block });
      }
    }
  }
}
