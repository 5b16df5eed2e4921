import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { KvError } from '../../core/errors.js';
import type {
  AttentionKernel,
  PagePartial,
  PartialSink,
  PartlySeenPage,
  Queries,
} from '../attentionKernel.js';
import { openOrtSession } from '../ortSession.js';
import type { PagePlanes } from '../pagePlanes.js';
import { seenRows, visibilityOf, writeMask } from '../visibility.js';
import { type AttentionShape, hiddenScore, maskedGraph, oneTokenGraph, runGraph } from './attentionGraph.js';
import { GatheredPages } from './gatheredPages.js';
import { PageTensorCache } from './pageTensors.js';

/** Scores of one run: about what the caches of a core hold. Long runs pay off only while rows are few. */
const scratchBytesMax = 4 * 2 ** 20;
const pagesPerRunMax = 128;

/** A run of so many pages pays for waking other threads; staged runs are shorter: beside them, a core copies. */
const wideRunPagesMin = 32;

/** How many threads the kernel may take. */
export interface KernelThreads {
  /** For the many rows of a prefill: other stages compute at the same time. */
  readonly prefill: number;
  /** For the long runs of a decode step, in which the stages of a sequence take turns. */
  readonly decode: number;
}

/**
 * One graph opened with one, with the prefill's and with the decode step's number of threads. ONNX Runtime
 * cuts a product over its threads only when the batch has fewer products than threads, and a product that
 * is cut adds up in another order: such batches run on one thread.
 */
interface Sessions {
  readonly single: InferenceSession;
  readonly prefill: InferenceSession;
  readonly decode: InferenceSession;
}

/** What the lanes of a kernel share. */
interface KernelParts {
  readonly shape: AttentionShape;
  readonly threads: KernelThreads;
  readonly run: Sessions;
  readonly masked: Sessions;
  readonly oneToken: InferenceSession;
  readonly planes: PagePlanes;
  readonly pages: PageTensorCache;
}

/** Attention on the CPU with ONNX Runtime. */
export class HostAttentionKernel implements AttentionKernel {
  readonly #parts: KernelParts;
  readonly #shape: AttentionShape;
  readonly #gathered: GatheredPages;
  readonly #absent: Uint8Array;
  readonly #mask: Float32Array;
  readonly #bias: Float32Array;

  private constructor(parts: KernelParts) {
    this.#parts = parts;
    const { shape } = parts;
    this.#shape = shape;
    this.#gathered = new GatheredPages(shape, parts.planes);
    const tokensMax = Math.max(2, shape.blockTokens);
    this.#absent = new Uint8Array(tokensMax);
    this.#mask = new Float32Array(tokensMax * shape.blockTokens);
    this.#bias = new Float32Array(shape.blockTokens);
  }

  static async open(
    shape: AttentionShape,
    planes: PagePlanes,
    threads: KernelThreads,
  ): Promise<HostAttentionKernel> {
    const open = async (graph: Uint8Array): Promise<Sessions> => {
      const what = 'the attention kernel';
      const single = await openOrtSession(graph, 1, what);
      const prefill = threads.prefill > 1 ? await openOrtSession(graph, threads.prefill, what) : single;
      const decode =
        threads.decode > 1 ? await openOrtSession(graph, threads.decode, what, 'within run') : single;
      return { single, prefill, decode };
    };
    const masked = await open(maskedGraph(shape));
    const oneToken = await openOrtSession(oneTokenGraph(shape), 1, 'the attention kernel');
    const run = await open(runGraph(shape));
    const pages = new PageTensorCache(planes, shape);
    return new HostAttentionKernel({ shape, threads, run, masked, oneToken, planes, pages });
  }

  pagesPerRun(rows: number): number {
    const pageScratchBytes = this.#shape.kvHeads * rows * this.#shape.blockTokens * 4;
    return Math.max(1, Math.min(pagesPerRunMax, Math.floor(scratchBytesMax / pageScratchBytes)));
  }

  async attend(
    queries: Queries,
    firstSlot: number,
    blocks: readonly number[],
    sink: PartialSink,
  ): Promise<void> {
    const { kvHeads, headDim } = this.#shape;
    if (queries.rows < 2) throw new KvError('internal', 'attention needs at least two query rows');
    const q = new Tensor('float32', queries.values, [1, kvHeads, queries.rows, headDim]);
    let at = 0;
    while (at < blocks.length) {
      const seen = this.#seen(queries, blocks, at);
      let count = 1;
      if (seen === 'all') {
        while (at + count < blocks.length && this.#seen(queries, blocks, at + count) === 'all') count += 1;
        await this.#attendAll(queries, q, firstSlot + at, blocks.slice(at, at + count), sink);
      } else if (seen === 'some' && queries.tokens === 1) {
        await this.#attendOneToken(queries, q, firstSlot + at, blocks[at] ?? 0, sink);
      } else if (seen === 'some') {
        await this.#attendSome(queries, q, firstSlot + at, blocks[at] ?? 0, sink);
      }
      at += count;
    }
  }

  async attendPartlySeen(pages: readonly PartlySeenPage[]): Promise<readonly PagePartial[]> {
    const [first] = pages;
    if (first === undefined) return [];
    const { kvHeads, blockTokens, headDim } = this.#shape;
    const { rows } = first.queries;
    const { length: count } = pages;
    const values = new Float32Array(count * kvHeads * rows * headDim);
    const mask = new Float32Array(count * blockTokens);
    const bias = new Float32Array(mask.length);
    pages.forEach(({ queries, block }, at) => {
      values.set(queries.values, at * queries.values.length);
      writeMask(queries, block, blockTokens, this.#mask, this.#absent);
      mask.set(this.#mask.subarray(0, blockTokens), at * blockTokens);
    });
    writeBias(mask, bias);
    const { k, v } = this.#gathered.gather(
      pages.map(({ queries, slot, block }) => ({
        slot,
        ...seenRows(queries, queries.position, block, blockTokens),
      })),
    );
    const output = await this.#parts.oneToken.run({
      q: new Tensor('float32', values, [count, kvHeads, rows, headDim]),
      k,
      v,
      mask: new Tensor('float32', mask, [count, 1, 1, blockTokens]),
      bias: new Tensor('float32', bias, [count, 1, 1, blockTokens]),
    });
    const o = floats(output.o);
    const lse = lseOf(output);
    return pages.map((_, at) => {
      return { o, oStart: (at * o.length) / count, lse, lseStart: (at * lse.length) / count };
    });
  }

  lane(): HostAttentionKernel {
    return new HostAttentionKernel(this.#parts);
  }

  async close(): Promise<void> {
    const { run, masked, oneToken } = this.#parts;
    const sessions = [run, masked].flatMap(({ single, prefill, decode }) => [single, prefill, decode]);
    for (const session of new Set([...sessions, oneToken])) await session.release();
  }

  #seen(queries: Queries, blocks: readonly number[], index: number) {
    return visibilityOf(queries, blocks[index] ?? 0, this.#shape.blockTokens);
  }

  async #attendAll(
    queries: Queries,
    q: Tensor,
    slot: number,
    blocks: readonly number[],
    sink: PartialSink,
  ): Promise<void> {
    const { k, v } = this.#parts.pages.get(slot, blocks.length);
    const session = this.#sessionFor(this.#parts.run, queries, blocks.length);
    const output = await session.run({ q, k, v });
    const o = floats(output.o);
    const lse = lseOf(output);
    const oStride = o.length / blocks.length;
    const lseStride = lse.length / blocks.length;
    blocks.forEach((block, index) => {
      sink(block, o, index * oStride, lse, index * lseStride);
    });
  }

  /** A token that sees something of a page sees it with all its rows: none is absent. */
  async #attendOneToken(
    queries: Queries,
    q: Tensor,
    slot: number,
    block: number,
    sink: PartialSink,
  ): Promise<void> {
    const { blockTokens } = this.#shape;
    writeMask(queries, block, blockTokens, this.#mask, this.#absent);
    writeBias(this.#mask.subarray(0, blockTokens), this.#bias);
    const { k, v } = this.#parts.pages.get(slot, 1);
    const dimensions = [1, 1, 1, blockTokens];
    const mask = new Tensor('float32', this.#mask.subarray(0, blockTokens), dimensions);
    const bias = new Tensor('float32', this.#bias, dimensions);
    const output = await this.#parts.oneToken.run({ q, k, v, mask, bias });
    sink(block, floats(output.o), 0, lseOf(output), 0);
  }

  async #attendSome(
    queries: Queries,
    q: Tensor,
    slot: number,
    block: number,
    sink: PartialSink,
  ): Promise<void> {
    const { blockTokens } = this.#shape;
    const { tokens } = queries;
    writeMask(queries, block, blockTokens, this.#mask, this.#absent);
    const mask = new Tensor('float32', this.#mask.subarray(0, tokens * blockTokens), [
      tokens,
      1,
      blockTokens,
    ]);
    const { k, v } = this.#parts.pages.get(slot, 1);
    const output = await this.#sessionFor(this.#parts.masked, queries, 1).run({ q, k, v, mask });
    const lse = lseOf(output);
    this.#markAbsent(lse, tokens);
    sink(block, floats(output.o), 0, lse, 0);
  }

  #markAbsent(lse: Float32Array, tokens: number): void {
    const { group, kvHeads } = this.#shape;
    for (let token = 0; token < tokens; token += 1) {
      if (this.#absent[token] === 0) continue;
      for (let head = 0; head < kvHeads; head += 1) {
        const row = (head * tokens + token) * group;
        lse.fill(Number.NEGATIVE_INFINITY, row, row + group);
      }
    }
  }

  #sessionFor(sessions: Sessions, queries: Queries, pages: number): InferenceSession {
    const phase = queries.tokens > 1 ? 'prefill' : 'decode';
    if (pages * this.#shape.kvHeads < this.#parts.threads[phase]) return sessions.single;
    return phase === 'prefill' || pages >= wideRunPagesMin ? sessions[phase] : sessions.single;
  }
}

function writeBias(mask: Float32Array, bias: Float32Array): void {
  for (let key = 0; key < mask.length; key += 1) bias[key] = mask[key] === 1 ? 0 : -hiddenScore;
}

/** Largest score + log(sum of exponentials), written over the scores. */
function lseOf(output: InferenceSession.OnnxValueMapType): Float32Array {
  const score = floats(output.score);
  const probability = floats(output.probability);
  for (let row = 0; row < score.length; row += 1) score[row]! -= Math.log(probability[row]!);
  return score;
}

function floats(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new KvError('internal', 'the attention graph answered without float32 values');
}
