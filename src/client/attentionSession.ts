import { exactAttention } from '../core/attentionMode.js';
import type { BlockKey } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import { dtypeBytes, type Geometry, halfPageBytes } from '../core/geometry.js';
import { attentionModeMessage } from '../rpc/attentionModeMessage.js';
import type { AttentionRequest } from '../rpc/gen/kvtide/v1/AttentionRequest.js';
import type { AttentionResponse__Output } from '../rpc/gen/kvtide/v1/AttentionResponse.js';
import { type AttentionStream, refusalIn } from './attentionStream.js';
import type { Attended, AttendOptions, FilledBlock, KvValues } from './attentionTypes.js';
import { blockMessages, type FilledSpan } from './fillMessages.js';
import { attendedFrom } from './fromWire.js';
import type { SequenceNews } from './sequenceNews.js';
import type { TokenChain } from './tokenChain.js';

/** Blocks of a `fill` that wait for their answer in one stage; one more waits. */
const blocksInFlightMax = 64;

export interface AttentionSessionParts {
  readonly geometry: Geometry;
  readonly heads: number;
  readonly cachedTokens: number;
  /** Tokens that the sequence was opened with. */
  readonly opened: Uint32Array;
  readonly chain: TokenChain;
  /** In the order of stages. */
  readonly streams: readonly AttentionStream[];
  readonly news: SequenceNews;
  /** Room for the garbage of bulk messages, until the answer is called. */
  holdRoom(): () => void;
  fork(keys: readonly BlockKey[]): Promise<AttentionSession>;
  release(): Promise<void>;
}

interface Step {
  readonly position: number;
  readonly tokens: Uint32Array;
  /** By layer of the model. */
  readonly appended: Uint8Array;
  /** By stage: whether its worker was told. */
  readonly begun: Uint8Array;
}

/**
 * One sequence of an engine that computes with its own model. Steps follow each other: `begin` with its tokens,
 * then for each layer `append` of their K and V and, where wanted, `attend`. A step's calls may be made without
 * waiting for those before: they are done in order. All but `begin` reject with a KvError. What was refused as `invalid`
 * or `unsupported` has changed nothing; after `lost`, `corrupt`, `stale` or `unavailable` open another session with the
 * same tokens, whose `cachedTokens` says from where on to append again.
 */
export class AttentionSession {
  readonly #parts: AttentionSessionParts;
  /** Layers of the model. */
  readonly layers: number;
  /** Query heads. */
  readonly heads: number;
  /** Tokens whose KV was there at the start: the first step begins behind them. */
  readonly cachedTokens: number;
  #opened: Uint32Array;
  #step: Step | null = null;
  #isClosed = false;

  constructor(parts: AttentionSessionParts) {
    this.#parts = parts;
    this.layers = parts.geometry.layers.length;
    this.heads = parts.heads;
    this.cachedTokens = parts.cachedTokens;
    this.#opened = parts.opened;
  }

  /** Tokens of the sequence, those of the step under way included. */
  get length(): number {
    return this.#parts.chain.length + (this.#step?.tokens.length ?? 0);
  }

  /** Why the coordinator could not be told of sealed blocks; attention does not depend on it. */
  get tellError(): KvError | null {
    return this.#parts.news.error;
  }

  /**
   * Begins a step of the tokens that follow; they all lie in one block. It ends the step before, which seals its
   * block if that is whole.
   * @throws KvError `invalid` when the step before lacks K and V of a layer, when the tokens do not fit into the
   * block, or are others than those that the session was opened with.
   */
  begin(tokens: ArrayLike<number>): void {
    this.#finishStep();
    const { blockTokens } = this.#parts.geometry;
    const position = this.length;
    if (tokens.length < 1 || (position % blockTokens) + tokens.length > blockTokens) {
      throw new KvError(
        'invalid',
        `a step of ${tokens.length} tokens at position ${position} does not fit into one block of ${blockTokens}`,
      );
    }
    const ids = Uint32Array.from(tokens);
    this.#checkKnown(position, ids);
    this.#step = {
      position,
      tokens: ids,
      appended: new Uint8Array(this.layers),
      begun: new Uint8Array(this.#parts.streams.length),
    };
  }

  /**
   * K and V of the step's tokens in one layer: each layer once, in any order. Keys are rotated already. The arrays
   * may be written over as soon as the call has returned its promise.
   * @throws KvError `invalid` for a layer that was appended, or that the model does not have, or a wrong size;
   * `exhausted` when the worker has no room for another growing page.
   */
  async append(layer: number, k: KvValues, v: KvValues): Promise<void> {
    await this.#ofStep(layer, { append: [{ layer, k: bytesOf(k), v: bytesOf(v) }] });
  }

  /**
   * Attention of queries in one layer, whose K and V were appended. Each token sees its own key and those before
   * it, as far as the layer's window reaches; several tokens are masked causally.
   * @param q `[tokens][heads][headDim]` of the last tokens of the step, rotated already and not scaled.
   * @throws KvError `invalid` before the layer's append, for a wrong size or a layer that the model does not have;
   * `unsupported` for a mode that the workers do not know; `lost` or `corrupt` when KV that is read is gone.
   */
  async attend(layer: number, q: Float32Array, options: AttendOptions = {}): Promise<Attended> {
    const { append, mode = exactAttention } = options;
    const { attended } = await this.#ofStep(layer, {
      ...(append && { append: [{ layer, k: bytesOf(append.k), v: bytesOf(append.v) }] }),
      attend: { layer, q: bytesOf(q), mode: attentionModeMessage(mode) },
    });
    if (!attended) throw new KvError('internal', 'a worker answered an attend without attention');
    return attendedFrom(attended);
  }

  /**
   * Ends the step, if one is open: a block that is whole is sealed, and found by others from then on. Without it the
   * next `begin` does so. Call it before a pause: while a step is open its pages stay where they are, and a worker
   * that is drained waits for them.
   */
  async end(): Promise<void> {
    const step = this.#step;
    this.#finishStep();
    if (step === null) return;
    await Promise.all(this.#parts.streams.map((stream) => stream.ask({ end: true })));
  }

  /**
   * Appends whole blocks from which nobody attends meanwhile, as fast as the workers take them: blocks are asked for
   * while those before travel, a bounded number of them.
   * @throws KvError `invalid` when the sequence does not end at a block's end, or a page has another size; then, and
   * after any other error, the session is over: open another one.
   */
  async fill(blocks: Iterable<FilledBlock> | AsyncIterable<FilledBlock>): Promise<void> {
    await this.end();
    const { geometry, chain } = this.#parts;
    if (chain.length % geometry.blockTokens !== 0) {
      throw new KvError(
        'invalid',
        `whole blocks cannot follow ${chain.length} tokens: end the block of ${geometry.blockTokens} first`,
      );
    }
    const letRoomGo = this.#parts.holdRoom();
    try {
      await this.#fill(blocks);
    } finally {
      letRoomGo();
    }
  }

  async #fill(blocks: Iterable<FilledBlock> | AsyncIterable<FilledBlock>): Promise<void> {
    const { geometry, streams, chain } = this.#parts;
    const inFlight: Promise<unknown>[] = [];
    for await (const { tokens, pages } of blocks) {
      const span = { position: chain.length, tokens: Uint32Array.from(tokens) };
      this.#checkKnown(span.position, span.tokens);
      checkBlock(geometry, span, pages);
      const answers = streams.map((stream) => fillOne(stream, span, pages));
      for (const { answered } of answers) answered.catch(() => {}); // heard of below
      await Promise.all(answers.map(({ sent }) => sent));
      this.#learn(span.tokens);
      const filled = Promise.all(answers.map(({ answered }) => answered));
      filled.catch(() => {}); // the first that fails is heard of, the others are over with it
      inFlight.push(filled);
      if (inFlight.length >= blocksInFlightMax) await inFlight.shift();
    }
    await Promise.all(inFlight);
  }

  /**
   * Goes back to the first `tokens` tokens, so that others can follow. Only tokens of the block that still grows can
   * go, so let no step that may be taken back fill a block. It ends the step first.
   * @throws KvError `invalid` when some of the rest are sealed.
   */
  async truncate(tokens: number): Promise<void> {
    this.#finishStep();
    this.#parts.chain.truncate(tokens);
    if (this.#opened.length > tokens) this.#opened = this.#opened.slice(0, tokens);
    this.#parts.news.truncated(this.#parts.chain.keys.length);
    await Promise.all(this.#parts.streams.map((stream) => stream.ask({ truncate: { tokens } })));
  }

  /**
   * Another session that goes on behind the whole blocks of this one, which both share; the tokens behind them
   * are to be appended there again: from its `cachedTokens` on.
   */
  async fork(): Promise<AttentionSession> {
    await this.end();
    return await this.#parts.fork(this.#parts.chain.keys);
  }

  /** Ends the step if it is whole, and the sequence; its sealed blocks stay cached. Never rejects. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.end().catch(() => {});
    for (const stream of this.#parts.streams) stream.close();
    await this.#parts.news.settle();
    await this.#parts.release().catch(() => {}); // it ends by itself when nobody asks for it
  }

  /** The step as this side knows it is over: the workers learn it with what comes next. */
  #finishStep(): void {
    const step = this.#step;
    if (step === null) return;
    const missing = step.appended.indexOf(0);
    if (missing >= 0) {
      throw new KvError(
        'invalid',
        `the step at position ${step.position} lacks K and V in layer ${missing}: append them first`,
      );
    }
    this.#step = null;
    this.#learn(step.tokens);
  }

  #learn(tokens: Uint32Array): void {
    const { chain, news } = this.#parts;
    chain.push(tokens);
    news.sealed(chain.keys, chain.length);
  }

  async #ofStep(layer: number, message: AttentionRequest): Promise<AttentionResponse__Output> {
    const step = this.#step;
    if (step === null) throw new KvError('invalid', 'no step is open; begin one with its tokens');
    const { streams } = this.#parts;
    const stage = streams.findIndex(({ stage: { layers } }) => layers.from <= layer && layer < layers.to);
    if (stage < 0) {
      throw new KvError('invalid', `the model has no layer ${layer}; it has layers 0 to ${this.layers - 1}`);
    }
    const isFirst = step.begun[stage] === 0;
    const appends = message.append !== undefined && step.appended[layer] === 0;
    step.begun[stage] = 1;
    if (appends) step.appended[layer] = 1;
    const { position, tokens } = step;
    const begin = isFirst ? { begin: { position, tokens: bytesOf(tokens) } } : {};
    const answer = await streams[stage]!.exchange({ ...begin, ...message });
    const refusal = refusalIn(answer);
    if (refusal === null) return answer;
    if (isFirst && !answer.begun) step.begun[stage] = 0;
    if (appends && answer.appended === 0) step.appended[layer] = 0;
    throw refusal;
  }

  #checkKnown(position: number, tokens: Uint32Array): void {
    const known = this.#opened.subarray(position, position + tokens.length);
    const differs = known.findIndex((token, at) => token !== tokens[at]);
    if (differs < 0) return;
    throw new KvError(
      'invalid',
      `token ${tokens[differs]} at position ${position + differs} is not the one that the session was opened with`,
    );
  }
}

function fillOne(stream: AttentionStream, span: FilledSpan, pages: FilledBlock['pages']) {
  const { from, to } = stream.stage.layers;
  const { position, tokens } = span;
  const answered = stream.ask({ fill: { position, tokens: bytesOf(tokens) } });
  const send = async () => {
    for (const data of blockMessages(pages.slice(from, to))) await stream.send(data);
  };
  return { answered, sent: send() };
}

function checkBlock(geometry: Geometry, { position, tokens }: FilledSpan, pages: FilledBlock['pages']): void {
  const half = halfPageBytes(geometry);
  const { blockTokens, layers, dtype } = geometry;
  const isWhole = tokens.length === blockTokens && pages.length === layers.length;
  if (isWhole && pages.every(({ k, v }) => k.length === half && v.length === half)) return;
  throw new KvError(
    'invalid',
    `the block at position ${position}: ${blockTokens} tokens are wanted, and for each of ${layers.length} layers ` +
      `K and V of ${half} bytes (${dtypeBytes(dtype)} a value)`,
  );
}

function bytesOf({ buffer, byteOffset, byteLength }: KvValues | Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
