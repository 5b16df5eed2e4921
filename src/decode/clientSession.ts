import type { KvClient } from '../client/kvClient.js';
import { type Patience, patiently } from '../client/patience.js';
import { type AttentionMode, exactAttention } from '../core/attentionMode.js';
import { type BlockKey, blockKeysOf } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { SequenceId } from '../core/plan.js';
import type { SequenceSession, StepStream } from './sequenceSession.js';

export interface ClientSessionOptions {
  /** The parent of the first block; the tenant's by default. A root of its own reuses nothing. */
  readonly rootKey?: BlockKey;
  /** What decode steps read; exact without it. */
  readonly attention?: AttentionMode;
  readonly signal?: AbortSignal;
  /** Tokens that it may grow to, prompt included; those of the prompt where it is not said. */
  readonly maxTokens?: number;
  /** As `PlacingOptions.onWait`. */
  readonly onWait?: (why: KvError) => void;
}

/** A sequence of a cluster, from its creation at the coordinator to its release. */
export class ClientSession implements SequenceSession {
  readonly rootKey: BlockKey;
  readonly blockTokens: number;
  readonly patience: Patience;
  readonly #client: KvClient;
  readonly #sequence: SequenceId;
  readonly #attention: AttentionMode;
  readonly #signal: AbortSignal | undefined;
  #planIsStale = false;

  private constructor(
    client: KvClient,
    sequence: SequenceId,
    rootKey: BlockKey,
    blockTokens: number,
    { attention = exactAttention, signal }: ClientSessionOptions,
  ) {
    this.#client = client;
    this.#sequence = sequence;
    this.rootKey = rootKey;
    this.blockTokens = blockTokens;
    this.patience = client.sequences.patience;
    this.#attention = attention;
    this.#signal = signal;
  }

  /**
   * Waits for a stage that is served by nobody, once the cluster was whole for this client.
   * @throws KvError `unavailable` when the coordinator or a stage cannot be reached, and as `Sequences.create`.
   */
  static async create(
    client: KvClient,
    prompt: readonly number[],
    options: ClientSessionOptions = {},
  ): Promise<ClientSession> {
    const { blockTokens } = (await client.model()).geometry;
    const rootKey = options.rootKey ?? (await client.rootKey());
    const blocks = blockKeysOf(rootKey, prompt, blockTokens);
    const { signal, maxTokens, onWait } = options;
    const placing = {
      signal,
      ...(maxTokens === undefined ? {} : { maxTokens }),
      ...(onWait === undefined ? {} : { onWait }),
    };
    // The cluster was whole a moment ago. A sequence of which we never hear counts for nothing while it is idle.
    const create = () => client.sequences.create(blocks, prompt.length, placing);
    const { plan } = await patiently(client.sequences.patience, create, signal);
    return new ClientSession(client, plan.sequence, rootKey, blockTokens, options);
  }

  async open(blocks: readonly BlockKey[]): Promise<StepStream> {
    const signal = this.#signal === undefined ? {} : { signal: this.#signal };
    if (this.#planIsStale) await this.#client.sequences.refresh(this.#sequence, signal);
    this.#planIsStale = false;
    const options = { rootKey: this.rootKey, attention: this.#attention, ...signal };
    const stream = await this.#client.decode(this.#sequence, blocks, options);
    return {
      seek: (count) => this.#watched(stream.seek(count)),
      step: (position, tokens, want) => this.#watched(stream.step(position, tokens, want)),
      truncate: (tokens) => stream.truncate(tokens),
      close: () => stream.close(),
    };
  }

  get isExact(): boolean {
    return this.#attention.kind === 'exact';
  }

  async extend(blocks: readonly BlockKey[], tokens: number): Promise<void> {
    await this.#client.sequences.extend(this.#sequence, blocks, tokens);
  }

  /** Ends the sequence at the coordinator; its sealed blocks stay cached. */
  async release(): Promise<void> {
    await this.#client.sequences.release(this.#sequence);
  }

  async #watched<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (thrown) {
      // KV that is lost is computed again where it was; for that the coordinator need not be there.
      const { kind } = KvError.from(thrown);
      if (kind !== 'lost' && kind !== 'corrupt') this.#planIsStale = true;
      throw thrown;
    }
  }
}
