import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { KvError } from '../core/errors.js';
import type { LayerAttention } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';
import type { Queries } from '../device/attentionKernel.js';
import type { KernelTurn } from '../device/kernelTurn.js';
import type { MergedNode } from '../device/mergeTree.js';
import type { PagedAttention } from '../device/pagedAttention.js';
import type { PageSource, PeerAttention } from '../device/pageSource.js';
import type { TailWriter } from '../device/tailWriter.js';
import {
  type BatchRows,
  batchRows,
  type HeadLayout,
  joinRows,
  lastRowTwice,
  putRowsOfPart,
  repeatLastRow,
  rowsOfPart,
  tokenQueries,
} from './batchRows.js';
import type { EmbeddingTable } from './embeddingTable.js';
import type { ModelConfig } from './modelConfig.js';
import { bytesOf, floatsOf, type OrtOutputs, tensorOf } from './ortOutputs.js';
import type { RopeTable, Rotations } from './ropeTable.js';
import type { Segment } from './segmentGraph.js';
import type { StepInput, StepOutput } from './stepTypes.js';

/** What the lanes of a layer range share. */
export interface LaneParts {
  readonly config: ModelConfig;
  readonly layers: LayerRange;
  readonly blockTokens: number;
  readonly segments: readonly Segment[];
  readonly sessions: readonly InferenceSession[];
  /** Null but in the first stage. */
  readonly embedding: EmbeddingTable | null;
  readonly rope: RopeTable;
  readonly tail: TailWriter;
}

/** The step of one sequence in a batch. */
export interface LayerPart {
  readonly input: StepInput;
  readonly pages: PageSource;
  /** Has what `pages` lacks of full layers; null when it lacks nothing. */
  readonly peers: PeerAttention | null;
}

/** A part and where its tokens lie among the rows of all. */
interface PlacedPart extends LayerPart {
  readonly start: number;
}

/**
 * Computes steps of a layer range, one batch at a time: the dense layers of all parts together, attention for
 * each. A row's bits depend neither on the other rows nor on how many there are. Several lanes of one range
 * take turns on a thread.
 */
export class LayerLane {
  readonly #parts: LaneParts;
  readonly #attention: PagedAttention;
  readonly #turn: KernelTurn;
  readonly #width: number;

  constructor(parts: LaneParts, attention: PagedAttention, turn: KernelTurn) {
    this.#parts = parts;
    this.#attention = attention;
    this.#turn = turn;
    const { heads, kvHeads, headDim } = parts.config;
    this.#width = (heads / kvHeads) * headDim;
  }

  /**
   * Writes K and V of the parts into their tail slots, and reads the pages that each one's source brings.
   * Where there are several parts, the output of all their tokens is wanted.
   * @returns an answer for each part.
   * @throws KvError `invalid` for a token outside the vocabulary; what sources and peers throw.
   */
  async step(parts: readonly LayerPart[]): Promise<StepOutput[]> {
    for (const { input } of parts) this.#check(input, parts.length);
    const { config, segments, sessions } = this.#parts;
    const inputs = parts.map(({ input }) => input);
    let rows = batchRows(inputs.map(({ tokens }) => tokens.length));
    let placed = parts.map((part, at): PlacedPart => ({ ...part, start: rows.starts[at]! }));
    const lastLayer = config.layers.length - 1;
    // Unless all are verified, nothing reads what the last layer makes of the tokens before the last.
    const [only] = inputs;
    const onlyLast = only !== undefined && only.tokens.length > 1 && only.output !== 'everyLogits';
    const rotations = this.#rotationTensors(this.#rotationsOf(inputs, rows), rows.rows);
    let hidden = this.#hiddenTensor(this.#firstHidden(inputs, rows), rows.rows);
    let attention: Tensor | null = null;
    for (let index = 0; index < segments.length; index += 1) {
      const segment = segments[index]!;
      const feeds: Record<string, Tensor> = { hidden };
      if (attention !== null) feeds.attention = attention;
      if (segment.before !== null && this.#attentionOf(segment.before).rope) Object.assign(feeds, rotations);
      await this.#turn.next();
      const outputs = await sessions[index]!.run(feeds);
      if (segment.head) return this.#logitsOf(outputs, inputs, onlyLast);
      if (segment.after !== null) hidden = tensorOf(outputs, 'hidden_out');
      if (segment.before === null) break;

      const layer = segment.before;
      this.#writeTails(layer, placed, outputs);
      if (layer === lastLayer && only?.output === 'none') {
        await this.#skip(layer, placed);
        return [{ kind: 'none' }];
      }
      const q = floatsOf(tensorOf(outputs, 'q'));
      if (layer === lastLayer && onlyLast) {
        const tokens = only.tokens.length;
        const queries = [this.#tokenQueries(layer, q, rows, tokens - 1, only.position + tokens - 1)];
        hidden = this.#hiddenTensor(lastRowTwice(floatsOf(hidden), tokens, config.hidden), 2);
        rows = batchRows([1]);
        placed = placed.map((part) => ({ ...part, start: 0 }));
        attention = await this.#attend(layer, placed, queries, rows);
      } else {
        const queries = placed.map((part) => this.#queriesOf(layer, part, q, rows));
        attention = await this.#attend(layer, placed, queries, rows);
      }
    }
    return this.#hiddenOf(floatsOf(hidden), placed);
  }

  /**
   * Attention of another shard's queries over the sealed pages of a full layer that `pages` brings.
   * @returns what they give, merged as far as it goes; good until the next call.
   */
  attend(layer: number, queries: Queries, pages: PageSource): Promise<readonly MergedNode[]> {
    return this.#attention.attendSealed(layer, queries, pages);
  }

  #check({ position, tokens, hidden, output }: StepInput, parts: number): void {
    const { blockTokens, config, layers } = this.#parts;
    if (tokens.length === 0) throw new KvError('invalid', 'a step needs at least one token');
    if ((position % blockTokens) + tokens.length > blockTokens) {
      throw new KvError('internal', `a step of ${tokens.length} tokens at ${position} crosses a block`);
    }
    if (layers.from > 0 && hidden?.length !== tokens.length * config.hidden) {
      throw new KvError('invalid', 'a later stage needs the hidden state of every token');
    }
    const isWhole = output === 'everyLogits' || (output === 'logits' && tokens.length === 1);
    if (parts > 1 && !isWhole) throw new KvError('internal', 'a prefill was put into a batch');
  }

  #firstHidden(inputs: readonly StepInput[], rows: BatchRows): Float32Array {
    const { config, embedding } = this.#parts;
    if (embedding === null) {
      return joinRows(
        inputs.map(({ hidden }) => hidden ?? new Float32Array(0)),
        rows,
        config.hidden,
      );
    }
    const tokens = new Uint32Array(rows.tokens);
    inputs.forEach((input, at) => {
      tokens.set(input.tokens, rows.starts[at]!);
    });
    return embedding.rows(tokens, rows.rows);
  }

  #rotationsOf(inputs: readonly StepInput[], { rows }: BatchRows): Rotations {
    const positions = inputs.flatMap(({ position, tokens }) =>
      Array.from(tokens, (_, offset) => position + offset),
    );
    return this.#parts.rope.rotations(positions, rows);
  }

  #writeTails(layer: number, parts: readonly PlacedPart[], outputs: OrtOutputs): void {
    const k = bytesOf(tensorOf(outputs, 'k'));
    const v = bytesOf(tensorOf(outputs, 'v'));
    const rows = tensorOf(outputs, 'k').dims[0]!;
    const rowBytes = k.length / rows;
    for (const { input, pages, start } of parts) {
      const from = start * rowBytes;
      const { position, tokens } = input;
      this.#parts.tail.write(
        pages.tailSlot(layer),
        position,
        tokens.length,
        k.subarray(from),
        v.subarray(from),
      );
    }
  }

  #queriesOf(layer: number, { input, start }: PlacedPart, q: Float32Array, rows: BatchRows): Queries {
    const { position, tokens } = input;
    if (tokens.length === 1) return this.#tokenQueries(layer, q, rows, start, position);
    const values = rowsOfPart(q, this.#layout(rows), start, tokens.length);
    const { heads, kvHeads } = this.#parts.config;
    const count = tokens.length;
    return {
      values,
      rows: count * (heads / kvHeads),
      position,
      tokens: count,
      window: this.#windowOf(layer),
    };
  }

  #tokenQueries(layer: number, q: Float32Array, rows: BatchRows, row: number, position: number): Queries {
    const { heads, kvHeads, headDim } = this.#parts.config;
    const group = heads / kvHeads;
    const values = tokenQueries(rowsOfPart(q, this.#layout(rows), row, 1), kvHeads, group, headDim);
    return { values, rows: Math.max(2, group), position, tokens: 1, window: this.#windowOf(layer) };
  }

  /** Attention of all parts, as the next segment reads it. */
  async #attend(
    layer: number,
    parts: readonly PlacedPart[],
    queries: readonly Queries[],
    rows: BatchRows,
  ): Promise<Tensor> {
    const { heads, kvHeads } = this.#parts.config;
    const layout = this.#layout(rows);
    const values = new Float32Array(kvHeads * rows.rows * this.#width);
    // Other shards compute for all parts while we begin with the first.
    const peers = parts.map(({ peers: of }, at) => (of === null ? null : asked(of, layer, queries[at]!)));
    const asking = parts.map(({ pages }, at) => ({ pages, queries: queries[at]! }));
    const known = await this.#attention.attendPartlySeen(layer, asking);
    for (const [at, { pages, start }] of parts.entries()) {
      const of = queries[at]!;
      const { o } = await this.#attention.attend(layer, of, pages, peers[at] ?? null, known[at]);
      putRowsOfPart(o, of.rows / (heads / kvHeads), values, layout, start, of.tokens);
    }
    repeatLastRow(values, layout, rows.tokens);
    return new Tensor('float32', values, [kvHeads, rows.rows, this.#width]);
  }

  /** The planner listed pages that this step does not read after all. */
  async #skip(layer: number, parts: readonly PlacedPart[]): Promise<void> {
    for (const { pages } of parts) {
      for (let run = await pages.take(layer, 1); run !== null; run = await pages.take(layer, 1)) {
        pages.release(layer, run);
      }
    }
  }

  #logitsOf(outputs: OrtOutputs, inputs: readonly StepInput[], onlyLast: boolean): StepOutput[] {
    const { vocabulary } = this.#parts.config;
    const logits = floatsOf(tensorOf(outputs, 'logits'));
    let row = 0;
    return inputs.map(({ tokens }) => {
      const count = onlyLast ? 1 : tokens.length;
      const from = row * vocabulary;
      row += count;
      return { kind: 'logits', logits: logits.slice(from, row * vocabulary) };
    });
  }

  #hiddenOf(values: Float32Array, parts: readonly PlacedPart[]): StepOutput[] {
    const { hidden } = this.#parts.config;
    return parts.map(({ input, start }) => ({
      kind: 'hidden',
      hidden: values.slice(start * hidden, (start + input.tokens.length) * hidden),
    }));
  }

  #layout({ rows }: BatchRows): HeadLayout {
    return { kvHeads: this.#parts.config.kvHeads, rows, width: this.#width };
  }

  #attentionOf(layer: number): LayerAttention {
    const attention = this.#parts.config.layers[layer];
    if (attention === undefined) throw new KvError('internal', `the model has no layer ${layer}`);
    return attention;
  }

  #windowOf(layer: number): number | null {
    const attention = this.#attentionOf(layer);
    return attention.kind === 'window' ? attention.window : null;
  }

  #hiddenTensor(hidden: Float32Array, rows: number): Tensor {
    return new Tensor('float32', hidden, [rows, this.#parts.config.hidden]);
  }

  #rotationTensors({ cos, sin }: Rotations, rows: number): { cos: Tensor; sin: Tensor } {
    const dimensions = [rows, this.#parts.config.headDim / 2];
    return { cos: new Tensor('float32', cos, dimensions), sin: new Tensor('float32', sin, dimensions) };
  }
}

/** The question is on its way; whoever asks again gets its answer. */
function asked(peers: PeerAttention, layer: number, queries: Queries): PeerAttention | null {
  if (queries.window !== null) return null;
  const answer = peers.attend(layer, queries);
  answer.catch(() => {}); // heard of when its part is attended, unless an earlier one fails
  return { attend: () => answer, waited: (ms) => peers.waited(ms) };
}
