import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { KvError } from '../core/errors.js';
import type { Geometry, LayerAttention } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';
import type { TensorDigest } from '../core/namespace.js';
import type { AttentionKernel, Queries } from '../device/attentionKernel.js';
import { HostAttentionKernel } from '../device/host/hostAttentionKernel.js';
import type { MergedNode } from '../device/mergeTree.js';
import { openOrtSession } from '../device/ortSession.js';
import { PagedAttention } from '../device/pagedAttention.js';
import type { PagePlanes } from '../device/pagePlanes.js';
import type { PageSource, PeerAttention } from '../device/pageSource.js';
import { TailWriter } from '../device/tailWriter.js';
import { Checkpoint } from './checkpoint.js';
import { EmbeddingTable } from './embeddingTable.js';
import type { ModelConfig } from './modelConfig.js';
import { bytesOf, floatsOf, tensorOf } from './ortOutputs.js';
import { RopeTable, type Rotations } from './ropeTable.js';
import { lastRowTwice, lastTokenQueries, rowsOf, spreadAttention } from './rowLayout.js';
import { type Segment, segmentGraph, segmentsOf } from './segmentGraph.js';
import type { StepInput, StepOutput } from './stepTypes.js';
import { type DigestMemory, digestTensors } from './tensorDigests.js';

export interface LayerRunnerOptions {
  /** A checkpoint folder, or one that is open (and stays open). */
  readonly model: string | Checkpoint;
  readonly layers: LayerRange;
  readonly geometry: Geometry;
  /** The slab that pages lie in. */
  readonly planes: PagePlanes;
  /** Of the dense layers, and of attention while a prefill goes on. */
  readonly threads: number;
  /** Of attention in a decode step; as many as `threads` by default. */
  readonly attentionThreads?: number;
  /** Digests of earlier runs; without it the weights are hashed anew. */
  readonly digestMemory?: DigestMemory;
}

/** Computes the layers of one stage, over pages that others bring. One step at a time. */
export class LayerRunner {
  /** What this stage read, for the model's fingerprint. */
  readonly digests: readonly TensorDigest[];
  readonly #config: ModelConfig;
  readonly #layers: LayerRange;
  readonly #geometry: Geometry;
  readonly #segments: readonly Segment[];
  readonly #sessions: readonly InferenceSession[];
  readonly #kernel: AttentionKernel;
  readonly #embedding: EmbeddingTable | null;
  readonly #rope: RopeTable;
  readonly #tail: TailWriter;
  readonly #attention: PagedAttention;

  private constructor(
    { layers, geometry, planes, digestMemory }: LayerRunnerOptions,
    checkpoint: Checkpoint,
    segments: readonly Segment[],
    sessions: readonly InferenceSession[],
    kernel: AttentionKernel,
  ) {
    this.digests = digestTensors(checkpoint, layers, digestMemory);
    this.#config = checkpoint.config;
    this.#layers = layers;
    this.#geometry = geometry;
    this.#segments = segments;
    this.#sessions = sessions;
    this.#kernel = kernel;
    this.#attention = new PagedAttention({ ...checkpoint.config, blockTokens: geometry.blockTokens }, kernel);
    this.#embedding = layers.from === 0 ? new EmbeddingTable(checkpoint) : null;
    this.#rope = new RopeTable(checkpoint.config.rope, checkpoint.config.headDim);
    this.#tail = new TailWriter(planes, geometry);
  }

  /**
   * Reads the weights of the layers and opens their graphs.
   * @throws KvError for a checkpoint that cannot be used, see {@link Checkpoint.open}.
   */
  static async open(options: LayerRunnerOptions): Promise<LayerRunner> {
    if (typeof options.model !== 'string') return LayerRunner.#openWith(options, options.model);
    const checkpoint = Checkpoint.open(options.model);
    try {
      return await LayerRunner.#openWith(options, checkpoint);
    } finally {
      checkpoint.close();
    }
  }

  static async #openWith(options: LayerRunnerOptions, checkpoint: Checkpoint): Promise<LayerRunner> {
    const { layers, geometry, planes, threads } = options;
    const { config } = checkpoint;
    const segments = segmentsOf(layers, layers.to === config.layers.length);
    const sessions: InferenceSession[] = [];
    for (const segment of segments) {
      const graph = segmentGraph(checkpoint, segment, geometry.dtype);
      const what = segment.head ? 'the head' : `layer ${segment.before ?? segment.after}`;
      sessions.push(await openOrtSession(graph, threads, what));
    }
    const shape = {
      kvHeads: config.kvHeads,
      group: config.heads / config.kvHeads,
      headDim: config.headDim,
      blockTokens: geometry.blockTokens,
      dtype: geometry.dtype,
    };
    const kernel = await HostAttentionKernel.open(shape, planes, {
      prefill: threads,
      decode: options.attentionThreads ?? threads,
    });
    return new LayerRunner(options, checkpoint, segments, sessions, kernel);
  }

  /**
   * Computes one step: writes its K and V into the tail slots, and reads the pages that `pages` brings.
   * @param peers has what `pages` lacks of full layers; null when it lacks nothing.
   * @throws KvError `invalid` for a token outside the vocabulary; what `pages` and `peers` throw.
   */
  async step(input: StepInput, pages: PageSource, peers: PeerAttention | null = null): Promise<StepOutput> {
    this.#check(input);
    const tokens = input.tokens.length;
    const lastLayer = this.#config.layers.length - 1;
    // Unless all are verified, nothing reads what the last layer makes of the tokens before the last.
    const onlyLast = tokens > 1 && input.output !== 'everyLogits';
    const rows = rowsOf(tokens);
    const rotations = this.#rotationTensors(this.#rope.rotations(input.position, tokens, rows), rows);
    let hidden = this.#hiddenTensor(this.#firstHidden(input, rows), rows);
    let attention: Tensor | null = null;
    for (let index = 0; index < this.#segments.length; index += 1) {
      const segment = this.#segments[index]!;
      const feeds: Record<string, Tensor> = { hidden };
      if (attention !== null) feeds.attention = attention;
      if (segment.before !== null && this.#attentionOf(segment.before).rope) Object.assign(feeds, rotations);
      const outputs = await this.#sessions[index]!.run(feeds);
      if (segment.head) {
        const positions = onlyLast ? 1 : tokens;
        const logits = floatsOf(tensorOf(outputs, 'logits')).slice(0, positions * this.#config.vocabulary);
        return { kind: 'logits', logits };
      }
      if (segment.after !== null) hidden = tensorOf(outputs, 'hidden_out');
      if (segment.before === null) break;

      const layer = segment.before;
      this.#tail.write(
        pages.tailSlot(layer),
        input.position,
        tokens,
        bytesOf(tensorOf(outputs, 'k')),
        bytesOf(tensorOf(outputs, 'v')),
      );
      if (layer === lastLayer && input.output === 'none') {
        this.#skip(layer, pages);
        return { kind: 'none' };
      }
      const dropsOthers = layer === lastLayer && onlyLast;
      const queries = this.#queriesOf(layer, input, floatsOf(tensorOf(outputs, 'q')), dropsOthers);
      if (dropsOthers)
        hidden = this.#hiddenTensor(lastRowTwice(floatsOf(hidden), tokens, this.#config.hidden), 2);
      attention = await this.#attend(layer, queries, pages, peers);
    }
    return { kind: 'hidden', hidden: floatsOf(hidden).slice(0, tokens * this.#config.hidden) };
  }

  /**
   * Attention of another shard's queries over the sealed pages of a full layer that `pages` brings.
   * @returns what they give, merged as far as it goes; good until the next call.
   */
  attend(layer: number, queries: Queries, pages: PageSource): Promise<readonly MergedNode[]> {
    return this.#attention.attendSealed(layer, queries, pages);
  }

  async close(): Promise<void> {
    await this.#kernel.close();
    for (const session of this.#sessions) await session.release();
  }

  #check({ position, tokens, hidden }: StepInput): void {
    const { blockTokens } = this.#geometry;
    if (tokens.length === 0) throw new KvError('invalid', 'a step needs at least one token');
    if ((position % blockTokens) + tokens.length > blockTokens) {
      throw new KvError('internal', `a step of ${tokens.length} tokens at ${position} crosses a block`);
    }
    if (this.#layers.from > 0 && hidden?.length !== tokens.length * this.#config.hidden) {
      throw new KvError('invalid', 'a later stage needs the hidden state of every token');
    }
  }

  #firstHidden(input: StepInput, rows: number): Float32Array {
    if (this.#embedding !== null) return this.#embedding.rows(input.tokens, rows);
    const hidden = input.hidden ?? new Float32Array(0);
    return input.tokens.length >= rows ? hidden : lastRowTwice(hidden, 1, this.#config.hidden);
  }

  #queriesOf(layer: number, input: StepInput, q: Float32Array, onlyLast: boolean): Queries {
    const { heads, kvHeads, headDim } = this.#config;
    const attention = this.#attentionOf(layer);
    const window = attention.kind === 'window' ? attention.window : null;
    const group = heads / kvHeads;
    const tokens = input.tokens.length;
    if (tokens > 1 && !onlyLast) {
      return { values: q, rows: tokens * group, position: input.position, tokens, window };
    }
    const values = lastTokenQueries(q, { tokens, rows: rowsOf(tokens), kvHeads, group, headDim });
    const position = input.position + tokens - 1;
    return { values, rows: Math.max(2, group), position, tokens: 1, window };
  }

  /** Attention as the next segment reads it. */
  async #attend(
    layer: number,
    queries: Queries,
    pages: PageSource,
    peers: PeerAttention | null,
  ): Promise<Tensor> {
    const { kvHeads, heads, headDim } = this.#config;
    const { o } = await this.#attention.attend(layer, queries, pages, peers);
    const group = heads / kvHeads;
    const rows = rowsOf(queries.tokens);
    const values =
      queries.tokens > 1 ? o : spreadAttention(o, { kvHeads, group, headDim, rows: queries.rows });
    return new Tensor('float32', values, [kvHeads, rows, group * headDim]);
  }

  /** The planner listed pages that this step does not read after all. */
  #skip(layer: number, pages: PageSource): void {
    for (let run = pages.take(layer, 1); run !== null; run = pages.take(layer, 1)) pages.release(layer, run);
  }

  #attentionOf(layer: number): LayerAttention {
    const attention = this.#config.layers[layer];
    if (attention === undefined) throw new KvError('internal', `the model has no layer ${layer}`);
    return attention;
  }

  #hiddenTensor(hidden: Float32Array, rows: number): Tensor {
    return new Tensor('float32', hidden, [rows, this.#config.hidden]);
  }

  #rotationTensors({ cos, sin }: Rotations, rows: number): { cos: Tensor; sin: Tensor } {
    const dimensions = [rows, this.#config.headDim / 2];
    return { cos: new Tensor('float32', cos, dimensions), sin: new Tensor('float32', sin, dimensions) };
  }
}
