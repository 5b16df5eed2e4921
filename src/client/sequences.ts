import { type BlockKey, packBlockKeys } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { NamespaceId } from '../core/namespace.js';
import type { Epoch, Plan, SequenceId } from '../core/plan.js';
import { coordinatorEndpoints } from '../rpc/endpoints.js';
import type { SequenceResponse__Output } from '../rpc/gen/kvtide/v1/SequenceResponse.js';
import { ownProtocol } from '../rpc/protocolCheck.js';
import type { CallScope } from './callScope.js';
import { planFrom } from './fromWire.js';
import type { Patience } from './patience.js';
import type { PeerCalls } from './peerCalls.js';

export interface SequenceState {
  readonly plan: Plan;
  /** Blocks of the chain that every stage is believed to hold; the workers have the last word. */
  readonly cachedBlocks: number;
  readonly tokens: number;
  /** Tokens that it may grow to with the room that it has. */
  readonly maxTokens: number;
}

/** What a sequence may come to, and how its placing is waited for. */
export interface PlacingOptions extends CallScope {
  /** Tokens that it may grow to; room for their KV is set aside. Those that it begins with where that is more. */
  readonly maxTokens?: number;
  /**
   * Called when there is no room yet, before the call waits for it: with the refusal that it would have been,
   * whose message says what is missing.
   */
  readonly onWait?: (why: KvError) => void;
}

/**
 * The sequences of this client. Their plans are kept, and made anew when the cluster calls them stale. Each
 * call is tried once: a repeat of one that arrived would count twice. All reject with a KvError, `cancelled`
 * or `timedOut` by their scope.
 */
export class Sequences {
  readonly #calls: PeerCalls;
  readonly #namespace: () => Promise<NamespaceId>;
  readonly #currentEpoch: (scope: CallScope) => Promise<Epoch>;
  readonly #states = new Map<SequenceId, SequenceState>();
  /** The tokens that the coordinator was told of last: it may know them where its answer has not come. */
  readonly #toldTokens = new Map<SequenceId, number>();

  constructor(
    calls: PeerCalls,
    namespace: () => Promise<NamespaceId>,
    currentEpoch: (scope: CallScope) => Promise<Epoch>,
  ) {
    this.#calls = calls;
    this.#namespace = namespace;
    this.#currentEpoch = currentEpoch;
  }

  /** How a sequence whose worker is gone waits for another one. */
  get patience(): Patience {
    return this.#calls.patience;
  }

  /**
   * Begins a sequence of `tokens` tokens whose whole blocks are `blocks`, and places it as soon as the cluster
   * has room for its KV.
   * @throws KvError `unavailable` while a stage has no worker, `invalid` for a context past the longest that
   * is served, `exhausted` when it could never fit or there was no room in time: the context has `retryAfterMs`
   * where asking again has a point.
   */
  async create(
    blocks: readonly BlockKey[],
    tokens: number,
    options: PlacingOptions = {},
  ): Promise<SequenceState> {
    const { maxTokens = 0, onWait, ...scope } = options;
    const message = {
      protocol: ownProtocol(),
      namespace: await this.#namespace(),
      blocks: packBlockKeys(blocks),
      tokens,
      maxTokens,
    };
    return this.#keep(
      await placedOrWaited(onWait, (noWait) =>
        this.#calls.request(coordinatorEndpoints.createSequence, { ...message, noWait }, scope),
      ),
    );
  }

  /** A new sequence that shares all blocks of `sequence`; they need room once. @throws KvError as `create`. */
  async fork(sequence: SequenceId, options: PlacingOptions = {}): Promise<SequenceState> {
    const { maxTokens = 0, onWait, ...scope } = options;
    return this.#keep(
      await placedOrWaited(onWait, (noWait) =>
        this.#withEpoch(sequence, scope, (epoch) => {
          const message = { sequence, epoch, maxTokens, noWait };
          return this.#calls.request(coordinatorEndpoints.forkSequence, message, scope);
        }),
      ),
    );
  }

  /**
   * Tells of newly sealed blocks, `tokens` tokens in all. Growing past what the sequence was admitted for asks
   * for the room that is missing.
   * @throws KvError `exhausted` when there is none; the sequence is as it was, and may go on being decoded.
   */
  async extend(
    sequence: SequenceId,
    blocks: readonly BlockKey[],
    tokens: number,
    scope: CallScope = {},
  ): Promise<SequenceState> {
    this.#toldTokens.set(sequence, Math.max(tokens, this.#toldTokens.get(sequence) ?? 0));
    const message = { sequence, blocks: packBlockKeys(blocks), tokens };
    return this.#keep(
      await this.#withEpoch(sequence, scope, (epoch) =>
        this.#calls.request(coordinatorEndpoints.extendSequence, { ...message, epoch }, scope),
      ),
    );
  }

  /** Forgets everything after the first `tokens` tokens. */
  async truncate(sequence: SequenceId, tokens: number, scope: CallScope = {}): Promise<SequenceState> {
    this.#toldTokens.delete(sequence);
    return this.#keep(
      await this.#withEpoch(sequence, scope, (epoch) =>
        this.#calls.request(coordinatorEndpoints.truncateSequence, { sequence, epoch, tokens }, scope),
      ),
    );
  }

  /** Ends a sequence; its sealed blocks stay cached. */
  async release(sequence: SequenceId, scope: CallScope = {}): Promise<void> {
    this.#states.delete(sequence);
    this.#toldTokens.delete(sequence);
    await this.#calls.request(coordinatorEndpoints.releaseSequence, { sequence }, scope);
  }

  /** @throws KvError `notFound` for a sequence that this client did not create, fork or that was released. */
  state(sequence: SequenceId): SequenceState {
    const state = this.#states.get(sequence);
    if (state === undefined) throw new KvError('notFound', `this client has no sequence ${sequence}`);
    return state;
  }

  /** Fetches the plan again, after it was called stale. */
  async refresh(sequence: SequenceId, scope: CallScope = {}): Promise<SequenceState> {
    const { tokens } = this.state(sequence);
    return this.extend(sequence, [], Math.max(tokens, this.#toldTokens.get(sequence) ?? 0), scope);
  }

  /** Calls with the epoch of the plan at hand, and once more with the current one when that is stale. */
  async #withEpoch(
    sequence: SequenceId,
    scope: CallScope,
    call: (epoch: Epoch) => Promise<SequenceResponse__Output>,
  ): Promise<SequenceResponse__Output> {
    try {
      return await call(this.state(sequence).plan.epoch);
    } catch (thrown) {
      if (!(thrown instanceof KvError) || thrown.kind !== 'stale') throw thrown;
      return call(await this.#currentEpoch(scope));
    }
  }

  #keep({ plan, cachedBlocks, tokens, maxTokens }: SequenceResponse__Output): SequenceState {
    const state = { plan: planFrom(plan), cachedBlocks, tokens, maxTokens };
    this.#states.set(state.plan.sequence, state);
    return state;
  }
}

/** Asks to wait at once, or, where somebody wants to know of the wait, only after it was refused without. */
async function placedOrWaited<T>(
  onWait: PlacingOptions['onWait'],
  ask: (noWait: boolean) => Promise<T>,
): Promise<T> {
  if (onWait === undefined) return await ask(false);
  try {
    return await ask(true);
  } catch (thrown) {
    if (!(thrown instanceof KvError) || thrown.context.admission !== 'noWait') throw thrown;
    onWait(thrown);
    return await ask(false);
  }
}
