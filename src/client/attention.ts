import {
  type BlockKey,
  blockKeysOf,
  blockKeyToBytes,
  packBlockKeys,
  type Sealing,
} from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import { holdCollectorRoom } from '../memory/collectorRoom.js';
import { workerEndpoints } from '../rpc/endpoints.js';
import { ownProtocol } from '../rpc/protocolCheck.js';
import { AttentionSession } from './attentionSession.js';
import { AttentionStream } from './attentionStream.js';
import type { Attended, AttendOptions } from './attentionTypes.js';
import type { ClusterView } from './clusterView.js';
import { type CallDefaults, callOptions } from './peerCalls.js';
import type { Peers } from './peers.js';
import { SequenceNews } from './sequenceNews.js';
import type { SequenceState, Sequences } from './sequences.js';
import { TokenChain } from './tokenChain.js';

export interface AttentionParts {
  readonly cluster: ClusterView;
  readonly peers: Peers;
  readonly sequences: Sequences;
  readonly defaults: CallDefaults;
  readonly rootKey: () => Promise<BlockKey>;
  readonly sealing: () => Promise<Sealing | null>;
}

export interface OpenAttentionOptions {
  /** What is known of the sequence: blocks of it that are cached need not be appended. The last token always is. */
  readonly tokens?: ArrayLike<number>;
  /** Tokens that the sequence may grow to: it is admitted when there is room for so many. Default: what it has. */
  readonly maxTokens?: number;
  /** Ends the session; its calls reject as `cancelled`. */
  readonly signal?: AbortSignal;
}

/** One session's part in `attendAll`. */
export interface AttendRequest extends AttendOptions {
  readonly session: AttentionSession;
  /** As for `AttentionSession.attend`. */
  readonly q: Float32Array;
}

/**
 * Attend mode: for engines that compute with a model of their own, and let the cluster keep K and V and compute
 * attention where they lie. Queries travel, pages do not. The same K, V and q give the same bits whatever the
 * number of workers, the budgets, and the steps in which they came.
 */
export class Attention {
  readonly #parts: AttentionParts;

  constructor(parts: AttentionParts) {
    this.#parts = parts;
  }

  /**
   * Begins a sequence, and finds what is cached of it.
   * @throws KvError `unsupported` when the cluster only stores pages, `unavailable` while a stage has no worker.
   */
  async open({ tokens = [], maxTokens, signal }: OpenAttentionOptions = {}): Promise<AttentionSession> {
    const { geometry } = await this.#parts.cluster.model();
    const known = Uint32Array.from(tokens);
    const [root, sealing] = await Promise.all([this.#parts.rootKey(), this.#parts.sealing()]);
    const keys = blockKeysOf(root, known, geometry.blockTokens, sealing);
    const reusable = Math.max(0, Math.floor((known.length - 1) / geometry.blockTokens));
    return await this.#open(keys, reusable, known, { signal, maxTokens: maxTokens ?? 0 });
  }

  /**
   * Attention in one layer for several sessions, each with a step of its own. They travel and run together: better
   * than one call after the other. Answers in the order of the requests.
   * @throws KvError of the first that fails, as `AttentionSession.attend`; the others are done all the same.
   */
  async attendAll(layer: number, requests: readonly AttendRequest[]): Promise<readonly Attended[]> {
    const answers = requests.map(({ session, q, ...options }) => session.attend(layer, q, options));
    await Promise.allSettled(answers);
    return await Promise.all(answers);
  }

  async #open(
    keys: readonly BlockKey[],
    reusable: number,
    opened: Uint32Array,
    placing: { readonly signal: AbortSignal | undefined; readonly maxTokens: number },
  ): Promise<AttentionSession> {
    const { signal } = placing;
    const { cluster, sequences, defaults } = this.#parts;
    const { geometry } = await cluster.model();
    const { blockTokens } = geometry;
    const tokens = Math.max(opened.length, keys.length * blockTokens);
    const state = await sequences.create(keys, tokens, placing);
    const release = () => sequences.release(state.plan.sequence);
    let streams: AttentionStream[] = [];
    try {
      const root = await this.#parts.rootKey();
      streams = this.#streams(state, signal);
      const { blocks, heads } = await this.#settle(streams, state, root, keys, reusable);
      const session: AttentionSession = new AttentionSession({
        geometry,
        heads,
        cachedTokens: blocks * blockTokens,
        opened,
        chain: new TokenChain(root, blockTokens, keys.slice(0, blocks), await this.#parts.sealing()),
        streams,
        news: new SequenceNews(sequences, state.plan.sequence, {
          toldBlocks: keys.length,
          keysMax: defaults.limits.keysPerRequest,
          blockTokens,
        }),
        holdRoom: () => holdCollectorRoom(defaults.limits.collectorRoomBytes, defaults.timing),
        fork: (sealed) => this.#open(sealed, sealed.length, new Uint32Array(0), placing),
        release,
      });
      for (const stream of streams) stream.names(() => session.length);
      return session;
    } catch (thrown) {
      for (const stream of streams) stream.close();
      await release().catch(() => {}); // why it could not be opened is what is told
      throw thrown;
    }
  }

  #streams({ plan }: SequenceState, signal: AbortSignal | undefined): AttentionStream[] {
    const { peers, defaults } = this.#parts;
    return plan.stages.map(
      (stage) =>
        new AttentionStream(
          stage,
          peers.at(stage.address).stream(workerEndpoints.attention, callOptions(defaults, signal)),
        ),
    );
  }

  /** Finds the blocks that all stages can go on from, and sets them up. */
  async #settle(
    streams: readonly AttentionStream[],
    { plan }: SequenceState,
    root: BlockKey,
    keys: readonly BlockKey[],
    reusable: number,
  ): Promise<{ readonly blocks: number; readonly heads: number }> {
    const { namespace } = await this.#parts.cluster.model();
    const stages = plan.stages.map((stage) => ({ ...stage, shards: [...stage.shards] }));
    const opened = await Promise.all(
      streams.map((stream, stage) =>
        stream.ask({
          open: {
            protocol: ownProtocol(),
            plan: { ...plan, stages },
            stage,
            namespace,
            rootKey: blockKeyToBytes(root),
            blocks: packBlockKeys(keys),
          },
        }),
      ),
    );
    const heads = opened[0]?.opened?.heads ?? 0;
    let blocks = Math.min(reusable, ...opened.map((answer) => answer.opened?.usableBlocks ?? 0));
    for (;;) {
      const asked = blocks;
      const found = await Promise.all(streams.map((stream) => stream.ask({ seek: { blocks: asked } })));
      blocks = Math.min(...found.map((answer) => answer.opened?.usableBlocks ?? 0));
      if (blocks === asked) return { blocks, heads };
      if (blocks > asked) throw new KvError('internal', `${blocks} blocks usable, ${asked} asked for`);
    }
  }
}
