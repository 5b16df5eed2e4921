import type { DecodeStream } from '../../src/client/decodeStream.js';
import type { KvClient } from '../../src/client/kvClient.js';
import type { StepAnswer, StepWant } from '../../src/client/stepAnswer.js';
import { type AttentionMode, exactAttention } from '../../src/core/attentionMode.js';
import { type BlockKey, blockKeysOf } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import type { SequenceId } from '../../src/core/plan.js';
import { defaultStepsInFlight } from '../../src/decode/generate.js';
import { type Chunk, prefillChunks } from '../../src/decode/prefillChunks.js';

export interface PrefillFigures {
  readonly cachedTokens: number;
  readonly computedTokens: number;
  readonly ms: number;
}

export interface ForkAnswer {
  /** Tokens of the context that were not computed again. */
  readonly cachedTokens: number;
  readonly step: StepAnswer;
}

export interface ForkAnswers {
  readonly cachedTokens: number;
  /** One a token, with the time from the question to the answer. */
  readonly steps: readonly { readonly answer: StepAnswer; readonly ms: number }[];
}

/** A context of whole blocks that is computed once and then asked about by forks of its sequence. */
export class LongSequence {
  readonly keys: readonly BlockKey[];
  readonly #client: KvClient;
  readonly #signal: AbortSignal;
  readonly #sequence: SequenceId;
  readonly #tokens: readonly number[];
  readonly #blockTokens: number;

  private constructor(
    client: KvClient,
    signal: AbortSignal,
    sequence: SequenceId,
    tokens: readonly number[],
    keys: readonly BlockKey[],
    blockTokens: number,
  ) {
    this.#client = client;
    this.#signal = signal;
    this.#sequence = sequence;
    this.#tokens = tokens;
    this.keys = keys;
    this.#blockTokens = blockTokens;
  }

  /** @throws KvError `invalid` when the tokens are no whole blocks: a fork shares nothing else. */
  static async create(
    client: KvClient,
    tokens: readonly number[],
    signal: AbortSignal,
  ): Promise<LongSequence> {
    const { blockTokens } = (await client.model()).geometry;
    if (tokens.length === 0 || tokens.length % blockTokens !== 0) {
      throw new KvError('invalid', `${tokens.length} tokens are no whole blocks of ${blockTokens}`);
    }
    const keys = blockKeysOf(await client.rootKey(), tokens, blockTokens);
    const { plan } = await client.sequences.create(keys, tokens.length, { signal });
    return new LongSequence(client, signal, plan.sequence, tokens, keys, blockTokens);
  }

  /**
   * Computes what of the context is not cached.
   * @param computed told after each block, with the tokens that have their KV.
   * @param attention of the stream; a prefill is exact in all modes, but bounds may be kept for later.
   */
  async prefill(
    computed: (tokens: number) => void = () => {},
    attention: AttentionMode = exactAttention,
  ): Promise<PrefillFigures> {
    const startedMs = performance.now();
    const options = { signal: this.#signal, attention };
    const stream = await this.#client.decode(this.#sequence, this.keys, options);
    try {
      const cachedTokens = await this.#compute(stream, computed);
      const computedTokens = this.#tokens.length - cachedTokens;
      return { cachedTokens, computedTokens, ms: performance.now() - startedMs };
    } finally {
      stream.close();
    }
  }

  /**
   * Forks the sequence and computes one more token in the fork. What is not cached, or would take longer to
   * load, is computed before it.
   */
  async ask(token: number): Promise<ForkAnswer> {
    const { cachedTokens, steps } = await this.decode([token], { topLogits: 1, allLogits: false });
    return { cachedTokens, step: steps[0]!.answer };
  }

  /** The same with several tokens, one step each. */
  async decode(
    tokens: readonly number[],
    want: StepWant,
    attention: AttentionMode = exactAttention,
  ): Promise<ForkAnswers> {
    const fork = (await this.#client.sequences.fork(this.#sequence, { signal: this.#signal })).plan.sequence;
    try {
      const stream = await this.#client.decode(fork, this.keys, { signal: this.#signal, attention });
      try {
        const cachedTokens = await this.#compute(stream);
        const steps: { answer: StepAnswer; ms: number }[] = [];
        for (const [at, token] of tokens.entries()) {
          const startedMs = performance.now();
          const answer = await stream.step(this.#tokens.length + at, [token], want);
          steps.push({ answer, ms: performance.now() - startedMs });
        }
        return { cachedTokens, steps };
      } finally {
        stream.close();
      }
    } finally {
      await this.#client.sequences.release(fork).catch(() => {});
    }
  }

  /** Computes what of the context the stream does not find; answers how many tokens it has found. */
  async #compute(stream: DecodeStream, computed: (tokens: number) => void = () => {}): Promise<number> {
    const cachedTokens = (await stream.seek(this.keys.length)) * this.#blockTokens;
    const underWay: { readonly chunk: Chunk; readonly answer: Promise<StepAnswer> }[] = [];
    const settle = async () => {
      const oldest = underWay.shift();
      await oldest?.answer;
      if (oldest !== undefined) computed(oldest.chunk.end);
    };
    for (const chunk of prefillChunks(cachedTokens, this.#tokens.length, this.#blockTokens)) {
      const tokens = this.#tokens.slice(chunk.position, chunk.end);
      const answer = stream.step(chunk.position, tokens, { topLogits: 0, allLogits: false });
      answer.catch(() => {}); // an earlier step that fails is the one that is reported
      underWay.push({ chunk, answer });
      if (underWay.length >= defaultStepsInFlight) await settle();
    }
    while (underWay.length > 0) await settle();
    return cachedTokens;
  }

  async release(): Promise<void> {
    await this.#client.sequences.release(this.#sequence);
  }
}
