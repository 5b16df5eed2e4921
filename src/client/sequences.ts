import { type BlockKey, packBlockKeys } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { NamespaceId } from '../core/namespace.js';
import type { Epoch, Plan, SequenceId } from '../core/plan.js';
import { coordinatorEndpoints } from '../rpc/endpoints.js';
import type { SequenceResponse__Output } from '../rpc/gen/kvtide/v1/SequenceResponse.js';
import { ownProtocol } from '../rpc/protocolCheck.js';
import type { CallScope } from './callScope.js';
import { planFrom } from './fromWire.js';
import type { PeerCalls } from './peerCalls.js';

export interface SequenceState {
  readonly plan: Plan;
  /** Blocks of the chain that every stage is believed to hold; the workers have the last word. */
  readonly cachedBlocks: number;
  readonly tokens: number;
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

  constructor(
    calls: PeerCalls,
    namespace: () => Promise<NamespaceId>,
    currentEpoch: (scope: CallScope) => Promise<Epoch>,
  ) {
    this.#calls = calls;
    this.#namespace = namespace;
    this.#currentEpoch = currentEpoch;
  }

  /**
   * Begins a sequence of `tokens` tokens whose whole blocks are `blocks`, and places it.
   * @throws KvError `unavailable` while a stage has no worker.
   */
  async create(blocks: readonly BlockKey[], tokens: number, scope: CallScope = {}): Promise<SequenceState> {
    const message = {
      protocol: ownProtocol(),
      namespace: await this.#namespace(),
      blocks: packBlockKeys(blocks),
      tokens,
    };
    return this.#keep(await this.#calls.request(coordinatorEndpoints.createSequence, message, scope));
  }

  /** A new sequence that shares all blocks of `sequence`. */
  async fork(sequence: SequenceId, scope: CallScope = {}): Promise<SequenceState> {
    const fork = (epoch: Epoch) =>
      this.#calls.request(coordinatorEndpoints.forkSequence, { sequence, epoch }, scope);
    return this.#keep(await this.#withEpoch(sequence, scope, fork));
  }

  /** Tells of newly sealed blocks, `tokens` tokens in all. */
  async extend(
    sequence: SequenceId,
    blocks: readonly BlockKey[],
    tokens: number,
    scope: CallScope = {},
  ): Promise<SequenceState> {
    const message = { sequence, blocks: packBlockKeys(blocks), tokens };
    return this.#keep(
      await this.#withEpoch(sequence, scope, (epoch) =>
        this.#calls.request(coordinatorEndpoints.extendSequence, { ...message, epoch }, scope),
      ),
    );
  }

  /** Forgets everything after the first `tokens` tokens. */
  async truncate(sequence: SequenceId, tokens: number, scope: CallScope = {}): Promise<SequenceState> {
    return this.#keep(
      await this.#withEpoch(sequence, scope, (epoch) =>
        this.#calls.request(coordinatorEndpoints.truncateSequence, { sequence, epoch, tokens }, scope),
      ),
    );
  }

  /** Ends a sequence; its sealed blocks stay cached. */
  async release(sequence: SequenceId, scope: CallScope = {}): Promise<void> {
    this.#states.delete(sequence);
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
    return this.extend(sequence, [], this.state(sequence).tokens, scope);
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

  #keep({ plan, cachedBlocks, tokens }: SequenceResponse__Output): SequenceState {
    const state = { plan: planFrom(plan), cachedBlocks, tokens };
    this.#states.set(state.plan.sequence, state);
    return state;
  }
}
