import { type BlockKey, nextBlockKey } from '../core/blockKey.js';
import { type BlockSpan, blocksToResume, neededBlocks } from '../core/blockSpan.js';
import { KvError } from '../core/errors.js';
import type { Geometry, LayerAttention } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';
import type { PageId } from '../core/pageId.js';
import type { WantedOutput } from '../model/stepTypes.js';
import { GivenSpans } from './givenSpans.js';
import { keptTailTokens } from './keptTailTokens.js';

/** A sealed page that a step reads, in the order in which the kernel wants them. */
export interface PlannedPage {
  readonly page: PageId;
  /** Index of the block in its sequence. */
  readonly block: number;
}

/** What one layer reads in a step, its growing page aside. */
export interface PlannedLayer {
  readonly layer: number;
  readonly pages: readonly PlannedPage[];
}

export interface PlannedStep {
  readonly position: number;
  readonly tokens: Uint32Array;
  readonly output: WantedOutput;
  /** In layer order, which is the order of their deadlines. */
  readonly layers: readonly PlannedLayer[];
  /** Pages of full layers that other shards have and read for the step. */
  readonly peerPages: number;
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

export interface StepPlannerOptions {
  readonly geometry: Geometry;
  readonly range: LayerRange;
  readonly rootKey: BlockKey;
  /** Keys of the blocks that may be reused. */
  readonly chain: readonly BlockKey[];
}

/** Per layer: which sealed blocks `[first, end)` the sequence holds. */
interface Holding {
  readonly layer: number;
  readonly attention: LayerAttention;
  readonly pages: PlannedPage[];
  first: number;
  end: number;
}

/**
 * What one worker must hold, read and seal for one sequence. It knows which pages a step needs and when
 * a page leaves the window; it does not know where pages are.
 */
export class StepPlanner {
  readonly #geometry: Geometry;
  readonly #rootKey: BlockKey;
  readonly #chain: BlockKey[];
  readonly #holdings: Holding[];
  #length = 0;
  #tailTokens: number[] = [];
  #planned: PlannedStep | null = null;
  readonly #given = new GivenSpans();

  constructor({ geometry, range, rootKey, chain }: StepPlannerOptions) {
    this.#geometry = geometry;
    this.#rootKey = rootKey;
    this.#chain = [...chain];
    this.#holdings = geometry.layers.slice(range.from, range.to).map((attention, index) => ({
      layer: range.from + index,
      attention,
      pages: [],
      first: 0,
      end: 0,
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
    this.#planned = null;
    this.#given.set(given);
    for (const holding of this.#holdings) {
      const span = blocksToResume(holding.attention, this.#geometry.blockTokens, blocks);
      holding.first = span.first;
      holding.end = span.end;
      for (const { page, block } of this.#own(holding, span)) effects.push({ kind: 'hold', page, block });
    }
    return effects;
  }

  #gave(span: BlockSpan): PlannerEffect[] {
    const pages = this.#fullHoldings().flatMap((holding) => this.#own(holding, span));
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

  /** The pages of a span that are with this shard. */
  #own({ attention, pages }: Holding, { first, end }: BlockSpan): readonly PlannedPage[] {
    if (attention.kind !== 'full') return pages.slice(first, end);
    return this.#given.outside({ first, end }).flatMap((span) => pages.slice(span.first, span.end));
  }

  #plan(position: number, tokens: Uint32Array, output: WantedOutput): PlannerEffect[] {
    const { blockTokens } = this.#geometry;
    if (this.#planned !== null) throw new KvError('internal', 'a step was planned before the last one ended');
    if (position !== this.#length) {
      throw new KvError(
        'invalid',
        `a step at position ${position} was sent, but the sequence has ${this.#length} tokens`,
      );
    }
    const inBlock = position % blockTokens;
    if (tokens.length < 1 || inBlock + tokens.length > blockTokens) {
      throw new KvError(
        'invalid',
        `a step of ${tokens.length} tokens at position ${position} does not fit into one block of ${blockTokens}`,
      );
    }
    let peerPages = 0;
    const layers = this.#holdings.map((holding) => {
      const { layer, attention } = holding;
      const reader = this.#readingQueries(layer, position, tokens.length, output);
      if (reader === null) return { layer, pages: [] };
      if (attention.kind === 'full') peerPages += this.#given.blocks;
      const span = neededBlocks(attention, blockTokens, reader.position, reader.tokens);
      return { layer, pages: this.#own(holding, { first: span.first, end: span.end - 1 }) };
    });
    this.#planned = { position, tokens, output, layers, peerPages };
    const effects: PlannerEffect[] = [{ kind: 'compute', step: this.#planned }];
    return inBlock === 0 ? [{ kind: 'takeTails' }, ...effects] : effects;
  }

  /**
   * In the model's last layer only the last query's output is read, unless all are verified, and in prefill
   * that goes on none.
   */
  #readingQueries(layer: number, position: number, tokens: number, output: WantedOutput) {
    if (layer < this.#geometry.layers.length - 1 || output === 'everyLogits') return { position, tokens };
    return output === 'none' ? null : { position: position + tokens - 1, tokens: 1 };
  }

  #stepped(): PlannerEffect[] {
    const step = this.#planned;
    if (step === null) throw new KvError('internal', 'a step ended that was never planned');
    this.#planned = null;
    this.#length += step.tokens.length;
    for (const token of step.tokens) this.#tailTokens.push(token);
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
    return had > 0 && this.#tailTokens.length === 0 ? [{ kind: 'dropTails' }] : [];
  }

  #seal(): PlannerEffect {
    const block = this.#length / this.#geometry.blockTokens - 1;
    const key = nextBlockKey(this.#chain[block - 1] ?? this.#rootKey, this.#tailTokens);
    this.#tailTokens = [];
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
      const held = [...this.#own(holding, holding)];
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
