import { type AttentionMode, exactAttention } from '../core/attentionMode.js';
import { KvError } from '../core/errors.js';
import { dtypeBytes, type Geometry } from '../core/geometry.js';
import { type LayerRange, layerCount } from '../core/layerRange.js';
import type { PageView } from '../core/pageView.js';
import type { PagePlanes } from '../device/pagePlanes.js';
import type { TailWriter } from '../device/tailWriter.js';
import { attentionReads } from './attentionReads.js';
import type { AttentionRequest } from './attentionRequest.js';
import type { LogitsWanted } from './compute.js';
import { sharedStage } from './sharedStage.js';
import type { StepRequest } from './stepRequest.js';
import type { ServedAttention } from './workerParts.js';
import type { WorkerSequence } from './workerSequence.js';

export interface AttentionSequenceParts {
  readonly sequence: WorkerSequence;
  readonly geometry: Geometry;
  readonly range: LayerRange;
  readonly attention: ServedAttention;
  readonly planes: PagePlanes;
  readonly tail: TailWriter;
  /** Aborts when the engine is gone. */
  readonly signal: AbortSignal;
}

const everyToken: LogitsWanted = { top: 0, all: false, everyPosition: true };

interface OpenStep {
  readonly planned: StepRequest;
  /** By layer of the range. */
  readonly appended: Uint8Array;
}

/**
 * One sequence whose K and V an engine computes: steps are begun, appended to layer by layer, and ended. Calls
 * are made one after the other, in the worker's turns but for `append`. What it refuses as `invalid` changes nothing.
 */
export class AttentionSequence {
  readonly #parts: AttentionSequenceParts;
  #step: OpenStep | null = null;

  constructor(parts: AttentionSequenceParts) {
    this.#parts = parts;
  }

  get length(): number {
    return this.#parts.sequence.length;
  }

  /** Ends the step before. @throws KvError `invalid`, or `exhausted` when there is no room for growing pages. */
  async begin(position: number, tokens: Uint32Array): Promise<void> {
    await this.end();
    this.checkPlace(position);
    const planned = await this.#plan(position, tokens, everyToken);
    this.#step = { planned, appended: new Uint8Array(layerCount(this.#parts.range)) };
  }

  /** K and V `[tokens][kvHeads][headDim]` of the step in one layer. @throws KvError `invalid`. */
  append(layer: number, k: Uint8Array, v: Uint8Array): void {
    const { geometry, tail } = this.#parts;
    const { planned, appended } = this.#openStep(layer);
    const { position, tokens } = planned;
    const bytes = tokens.length * geometry.kvHeads * geometry.headDim * dtypeBytes(geometry.dtype);
    if (k.length !== bytes || v.length !== bytes) {
      throw new KvError(
        'invalid',
        `K and V of ${tokens.length} tokens have ${k.length} and ${v.length} bytes instead of ${bytes}: ` +
          `[tokens][kvHeads ${geometry.kvHeads}][headDim ${geometry.headDim}] in ${geometry.dtype} is wanted`,
      );
    }
    const index = layer - this.#parts.range.from;
    if (appended[index] === 1) {
      throw new KvError(
        'invalid',
        `K and V of the step at position ${position} were appended to layer ${layer} already`,
      );
    }
    tail.write(planned.tails[index]!, position, tokens.length, k, v);
    appended[index] = 1;
  }

  /**
   * What the queries of the step's last tokens read.
   * @param q `[tokens][heads][headDim]`. @throws KvError `invalid`.
   */
  reading(layer: number, q: Float32Array, mode: AttentionMode = exactAttention): AttentionRequest {
    const { geometry, attention, range } = this.#parts;
    const { planned, appended } = this.#openStep(layer);
    if (appended[layer - range.from] === 0) {
      throw new KvError(
        'invalid',
        `layer ${layer} has no K and V of the tokens at position ${planned.position}, which see themselves: ` +
          'append before you attend',
      );
    }
    const perToken = attention.heads * geometry.headDim;
    const tokens = q.length / perToken;
    if (!Number.isInteger(tokens) || tokens < 1 || tokens > planned.tokens.length) {
      throw new KvError(
        'invalid',
        `queries of ${q.length} values: 1 to ${planned.tokens.length} tokens of ${perToken} are wanted, ` +
          `[tokens][heads ${attention.heads}][headDim ${geometry.headDim}]`,
      );
    }
    const position = planned.position + planned.tokens.length - tokens;
    const index = layer - range.from;
    const full = geometry.layers.slice(range.from, range.to).filter(({ kind }) => kind === 'full').length;
    const isFull = geometry.layers[layer]?.kind === 'full';
    const hasPeers = isFull && planned.peers !== null;
    if (hasPeers && mode.kind !== 'exact') throw sharedStage(mode);
    const pages = planned.layers[index]!;
    return {
      queries: { layer, position, tokens, q },
      tail: planned.tails[index]!,
      ...attentionReads(pages, isFull ? mode : exactAttention, position, geometry.blockTokens),
      peers: hasPeers ? planned.peers : null,
      peerPages: hasPeers ? planned.peerPages / full : 0,
      signal: planned.signal,
    };
  }

  /** Ends the step, if one is open, and seals its block if that is whole. @throws KvError `invalid`. */
  async end(): Promise<void> {
    if (this.#step === null) return;
    const { planned, appended } = this.#step;
    const missing = appended.indexOf(0);
    if (missing >= 0) {
      throw new KvError(
        'invalid',
        `the step at position ${planned.position} lacks K and V in layer ${this.#parts.range.from + missing}: ` +
          'append them, or seek to give the step up',
      );
    }
    this.#step = null;
    await this.#parts.sequence.finish();
  }

  /** @throws KvError `invalid` as `WorkerSequence.truncate`. */
  async truncate(tokens: number): Promise<void> {
    await this.end();
    await this.#parts.sequence.truncate(tokens);
  }

  /** Goes on after `blocks` blocks; a step that is open is given up. */
  async seek(blocks: number): Promise<void> {
    this.#step = null;
    await this.#parts.sequence.seek(blocks);
  }

  /** Growing pages for a whole block that somebody else fills; `seal` ends it. @returns by layer of the range. */
  async takeBlock(position: number, tokens: Uint32Array): Promise<PageView[]> {
    const { planes } = this.#parts;
    const { tails } = await this.#plan(position, tokens, null);
    return Array.from(tails, (slot) => planes.page(slot));
  }

  async seal(): Promise<void> {
    await this.#parts.sequence.finish();
  }

  /** @throws KvError `invalid` when tokens do not follow there. */
  checkPlace(position: number): void {
    const { length } = this.#parts.sequence;
    if (position < length) {
      throw new KvError(
        'invalid',
        `position ${position} has its K and V already: the sequence has ${length} tokens; truncate it, or seek`,
      );
    }
  }

  /** @param logits what the planner takes for the queries that will come: every token's, or none. */
  async #plan(position: number, tokens: Uint32Array, logits: LogitsWanted | null): Promise<StepRequest> {
    const { sequence, signal } = this.#parts;
    try {
      return await sequence.begin({ position, tokens, hidden: null, logits, signal });
    } catch (thrown) {
      // Growing pages are taken where a block begins: nothing was written.
      if (KvError.from(thrown).kind === 'exhausted') await sequence.withdraw();
      throw thrown;
    }
  }

  #openStep(layer: number): OpenStep {
    const { from, to } = this.#parts.range;
    if (layer < from || layer >= to) {
      throw new KvError('invalid', `layer ${layer} is not served here; this worker has ${from} to ${to - 1}`);
    }
    if (this.#step === null) throw new KvError('invalid', 'no step is open; begin one with its tokens');
    return this.#step;
  }
}
