import { exactAttention } from '../core/attentionMode.js';
import type { BlockKey } from '../core/blockKey.js';
import { type BlockSpan, usablePrefix } from '../core/blockSpan.js';
import { KvError } from '../core/errors.js';
import { pageBytes } from '../core/geometry.js';
import { layerCount } from '../core/layerRange.js';
import type { PageId } from '../core/pageId.js';
import type { RequestKind } from '../policy/policyColumns.js';
import type { PageRequest } from '../tiers/pageRequest.js';
import type { TierStack } from '../tiers/tierStack.js';
import type { ApproximateDone } from './approximation.js';
import { checkContext } from './checkContext.js';
import { heldPages, leftOutPages } from './heldPages.js';
import { noTailRoom } from './noTailRoom.js';
import type { OwnPrefix } from './ownPrefix.js';
import { loadMsOf, prefixLoads } from './prefixLoads.js';
import { SequenceApproximation } from './sequenceApproximation.js';
import type { SequenceShards } from './sequenceShards.js';
import type { SequenceStep } from './sequenceStep.js';
import type { StepPage } from './stepPage.js';
import { type PlannedStep, type PlannerEffect, StepPlanner } from './stepPlanner.js';
import type { StepPlannerOptions } from './stepPlannerOptions.js';
import type { StepRequest } from './stepRequest.js';
import { wantedOutput } from './wantedOutput.js';

export interface SequenceOptions extends StepPlannerOptions {
  /** The longest context that may be computed; without it there is no bound. */
  readonly maxTokens?: number;
  /** What it is for, as policies are told; a sequence of the model served here where nothing is said. */
  readonly kind?: RequestKind;
}

const noTail = -1;

/**
 * One open sequence in one worker: does what its planner says to the tiers and the kernel. Its calls are
 * made one after the other; the caller sees to that.
 */
export class WorkerSequence {
  readonly #options: SequenceOptions;
  readonly #planner: StepPlanner;
  readonly #stack: TierStack;
  readonly #request: PageRequest;
  readonly #shards: SequenceShards | null;
  /** Null in exact mode. */
  readonly #approximation: SequenceApproximation | null;
  readonly #tails: Int32Array;
  #hasStepped = false;
  #isStepping = false;
  /** By layer within the range, then by block: the pages that are held. */
  readonly #pages: (StepPage | undefined)[][];

  /** @param shards who keeps the pages that this worker gives away; null where it is alone in its stage. */
  constructor(options: SequenceOptions, stack: TierStack, shards: SequenceShards | null = null) {
    this.#options = options;
    this.#planner = new StepPlanner(options);
    this.#stack = stack;
    this.#request = stack.request(options.kind ?? 'prefill', () => this.#planner.chain);
    this.#request.promptTokens = options.chain.length * options.geometry.blockTokens;
    this.#shards = shards;
    const { attention = exactAttention, geometry, range } = options;
    this.#approximation =
      attention.kind === 'exact' ? null : new SequenceApproximation(attention, geometry, range);
    this.#tails = new Int32Array(layerCount(options.range)).fill(noTail);
    this.#pages = Array.from(this.#tails, () => []);
  }

  /**
   * What this worker has of the first `blocks` blocks of the chain, and what going on from less would take. Once it
   * has taken steps all that it has counts: what a recovery has just computed may lie on disk again, and would
   * be called for anew without end.
   * @param recomputeMsPerBlock measured, or null before that.
   */
  async prefix(blocks: number, recomputeMsPerBlock: number | null): Promise<OwnPrefix> {
    const { geometry, range } = this.#options;
    const { blockTokens } = geometry;
    this.#request.recomputeMs = recomputeMsPerBlock;
    const chain = this.#planner.chain;
    const layers = geometry.layers.slice(range.from, range.to);
    const limit = Math.min(blocks, chain.length);
    await this.#shards?.offer(chain, limit, (span) => this.#isHere(span));
    const kept = new Uint8Array(limit);
    for (const { first, end } of this.#shards?.kept(limit) ?? []) kept.fill(1, first, end);
    const isKept = (layer: number, block: number) => layers[layer]!.kind === 'full' && kept[block] === 1;
    const placeOf = (layer: number, block: number) =>
      this.#stack.whereIs({ block: chain[block]!, layer: range.from + layer });
    const usable = usablePrefix(
      layers,
      blockTokens,
      limit,
      (layer, block) => isKept(layer, block) || placeOf(layer, block) !== 'nowhere',
    );
    if (this.#hasStepped || recomputeMsPerBlock === null) return { usable, costs: null };
    // A peer that keeps a page reads it where it is.
    const loadBytes = prefixLoads(layers, blockTokens, usable, pageBytes(geometry), (layer, block) =>
      isKept(layer, block) ? 'memory' : placeOf(layer, block),
    );
    const loadMs = loadMsOf(loadBytes, this.#stack.loadBytesPerMs);
    return { usable, costs: { loadMs, recomputeMsPerBlock } };
  }

  /** Goes on after `blocks` blocks, which `prefix` has just said to be there. */
  async seek(blocks: number): Promise<void> {
    this.#isStepping = false;
    this.#shards?.cut(blocks);
    this.#approximation?.restart();
    const given = this.#shards?.kept(blocks) ?? [];
    await this.#apply(this.#planner.handle({ kind: 'seek', blocks, given }));
  }

  /** Keys of its blocks, up to what was written. */
  get blocks(): readonly BlockKey[] {
    return this.#planner.chain.slice(0, Math.floor(this.length / this.#options.geometry.blockTokens));
  }

  /** The pages that it holds, in the order in which a step reads them. */
  *held(): Iterable<PageId> {
    for (const pages of this.#pages) for (const held of pages) if (held !== undefined) yield held.page;
  }

  /** Tokens written so far. */
  get length(): number {
    return this.#planner.length;
  }

  /**
   * Makes ready for a step: it ends with `finish` once it was computed. A sequence whose step failed is closed.
   * @throws KvError `exhausted` when no slot is left for the growing pages, `invalid` for a step that does not
   * follow.
   */
  async begin(step: SequenceStep): Promise<StepRequest> {
    const { position, tokens, logits } = step;
    checkContext(position + tokens.length, this.#options.maxTokens);
    this.#hasStepped = true;
    this.#request.stepped(position + tokens.length, logits === null);
    await this.handOver();
    const effects = this.#planner.handle({
      kind: 'step',
      position,
      tokens,
      output: wantedOutput(logits),
    });
    const planned = await this.#apply(effects);
    if (planned === null) throw new KvError('internal', 'the planner planned no step');
    const layers = heldPages(planned, this.#pages);
    this.#isStepping = true;
    return {
      ...step,
      tails: this.#tails,
      layers,
      peers: planned.peerPages > 0 ? this.#shards : null,
      peerPages: planned.peerPages,
      ...this.#fullLayers(planned),
      approximation: this.#approximation?.stepOf(planned, layers) ?? null,
      leftOut: () => leftOutPages(planned, this.#pages),
    };
  }

  /** The step has been computed: what became whole is sealed, and what an approximate mode gives up is let go. */
  async finish(approximate: ApproximateDone | null = null): Promise<void> {
    this.#isStepping = false;
    if (approximate !== null) this.#approximation?.done(approximate);
    await this.#apply(this.#planner.handle({ kind: 'stepped' }));
    for (const leaving of this.#approximation?.takeLeaving() ?? [])
      await this.#apply(this.#planner.handle({ kind: 'dropped', ...leaving }));
  }

  /** Takes a step back that `begin` found no room for; nothing of it was written. */
  async withdraw(): Promise<void> {
    await this.#apply(this.#planner.handle({ kind: 'withdraw' }));
  }

  /** Goes back to the first `tokens` tokens. @throws KvError `invalid` when some of the rest are sealed. */
  async truncate(tokens: number): Promise<void> {
    await this.#apply(this.#planner.handle({ kind: 'truncate', tokens }));
  }

  async close(): Promise<void> {
    this.#shards?.close();
    await this.#apply(this.#planner.handle({ kind: 'close' }));
    this.#stack.ended(this.#request);
  }

  /**
   * Between steps: what another shard keeps from now on is read there, what comes back is read here. While a step
   * is under way nothing changes: the next one begins with it.
   */
  async handOver(): Promise<void> {
    if (this.#isStepping) return;
    const sealed = Math.floor(this.#planner.length / this.#options.geometry.blockTokens);
    await this.#shards?.handOver(this.#planner.chain, sealed, {
      give: async (span) => void (await this.#apply(this.#planner.handle({ kind: 'gave', span }))),
      take: async (span) => {
        if (!this.#isHere(span)) return false;
        await this.#apply(this.#planner.handle({ kind: 'took', span }));
        return true;
      },
    });
  }

  get fetching(): Promise<void> | null {
    return this.#shards?.fetching ?? null;
  }

  /** Whether all pages of full layers of these blocks are with this worker. */
  #isHere({ first, end }: BlockSpan): boolean {
    const { geometry, range } = this.#options;
    const blocks = this.#planner.chain.slice(first, end);
    for (let layer = range.from; layer < range.to; layer += 1) {
      if (geometry.layers[layer]!.kind !== 'full') continue;
      if (!blocks.every((block) => this.#stack.has({ block, layer }))) return false;
    }
    return true;
  }

  #fullLayers({ layers }: PlannedStep): Pick<StepRequest, 'fullPages' | 'skippedPages'> {
    let fullPages = 0;
    let skippedPages = 0;
    for (const { layer, pages, leftOut } of layers) {
      if (this.#options.geometry.layers[layer]!.kind !== 'full') continue;
      fullPages += pages.length;
      for (const { first, end } of leftOut) skippedPages += end - first;
    }
    return { fullPages, skippedPages };
  }

  async #apply(effects: readonly PlannerEffect[]): Promise<PlannedStep | null> {
    let planned: PlannedStep | null = null;
    for (const effect of effects) {
      switch (effect.kind) {
        case 'dropTails':
          this.#dropTails();
          break;
        case 'takeTails':
          await this.#takeTails();
          break;
        case 'hold':
          this.#hold(effect.page, effect.block);
          break;
        case 'letGo': {
          const pages = this.#pages[effect.page.layer - this.#options.range.from]!;
          const held = pages[effect.block];
          // A seek that found a page gone on its way holds less than was planned.
          if (held === undefined) break;
          pages[effect.block] = undefined;
          if (effect.leftWindow) this.#stack.outOfWindow(held.handle);
          else this.#stack.letGo(held.handle);
          break;
        }
        case 'seal':
          effect.pages.forEach((page, index) => {
            const { handle } = this.#stack.seal(this.#tails[index]!, page, effect.block, this.#request);
            const sealed = { page, block: effect.block, handle };
            this.#pages[index]![effect.block] = sealed;
            this.#approximation?.sealed(index, sealed);
            this.#tails[index] = noTail;
          });
          break;
        case 'compute':
          planned = effect.step;
          break;
      }
    }
    return planned;
  }

  #hold(page: PageId, block: number): void {
    const { layer } = page;
    const held = this.#stack.hold(page, this.#request);
    if (held.kind === 'missing') {
      throw new KvError('lost', `the page of block ${block} in layer ${layer} is gone; recompute it`, {
        context: { layer, block },
      });
    }
    this.#pages[layer - this.#options.range.from]![block] = { page, block, handle: held.handle };
  }

  async #takeTails(): Promise<void> {
    for (let index = 0; index < this.#tails.length; index += 1) {
      const taken = await this.#stack.takeTail(this.#options.range.from + index);
      if (taken.kind === 'full') throw noTailRoom(taken);
      this.#tails[index] = taken.slot;
    }
  }

  #dropTails(): void {
    for (const slot of this.#tails) if (slot !== noTail) this.#stack.dropTail(slot);
    this.#tails.fill(noTail);
  }
}
