import { type BlockKey, packBlockKeys } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { NamespaceId } from '../core/namespace.js';
import type { Epoch, Plan, SequenceId } from '../core/plan.js';
import { coordinatorEndpoints } from '../rpc/endpoints.js';
import type { SequenceResponse__Output } from '../rpc/gen/kvtide/v1/SequenceResponse.js';
import { ownProtocol } from '../rpc/protocolCheck.js';
import type { CoordinatorCalls } from './coordinatorCalls.js';
import { planFrom } from './fromWire.js';

export interface SequenceState {
  readonly plan: Plan;
  /** Blocks of the chain that every stage is believed to hold; the workers have the last word. */
  readonly cachedBlocks: number;
  readonly tokens: number;
}

/** The sequences of this client. Their plans are kept, and made anew when the cluster calls them stale. */
export class Sequences {
  readonly #calls: CoordinatorCalls;
  readonly #namespace: () => Promise<NamespaceId>;
  readonly #currentEpoch: () => Promise<Epoch>;
  readonly #states = new Map<SequenceId, SequenceState>();

  constructor(
    calls: CoordinatorCalls,
    namespace: () => Promise<NamespaceId>,
    currentEpoch: () => Promise<Epoch>,
  ) {
    this.#calls = calls;
    this.#namespace = namespace;
    this.#currentEpoch = currentEpoch;
  }

  /**
   * Begins a sequence of `tokens` tokens whose whole blocks are `blocks`, and places it.
   * @throws KvError `unavailable` while a stage has no worker.
   */
  async create(blocks: readonly BlockKey[], tokens: number): Promise<SequenceState> {
    const message = {
      protocol: ownProtocol(),
      namespace: await this.#namespace(),
      blocks: packBlockKeys(blocks),
      tokens,
    };
    return this.#keep(await this.#calls.request(coordinatorEndpoints.createSequence, message));
  }

  /** A new sequence that shares all blocks of `sequence`. */
  async fork(sequence: SequenceId): Promise<SequenceState> {
    const fork = (epoch: Epoch) =>
      this.#calls.request(coordinatorEndpoints.forkSequence, { sequence, epoch });
    return this.#keep(await this.#withEpoch(sequence, fork));
  }

  /** Tells of newly sealed blocks, `tokens` tokens in all. */
  async extend(sequence: SequenceId, blocks: readonly BlockKey[], tokens: number): Promise<SequenceState> {
    const packed = packBlockKeys(blocks);
    return this.#keep(
      await this.#withEpoch(sequence, (epoch) =>
        this.#calls.request(coordinatorEndpoints.extendSequence, { sequence, epoch, blocks: packed, tokens }),
      ),
    );
  }

  /** Forgets everything after the first `tokens` tokens. */
  async truncate(sequence: SequenceId, tokens: number): Promise<SequenceState> {
    return this.#keep(
      await this.#withEpoch(sequence, (epoch) =>
        this.#calls.request(coordinatorEndpoints.truncateSequence, { sequence, epoch, tokens }),
      ),
    );
  }

  /** Ends a sequence; its sealed blocks stay cached. */
  async release(sequence: SequenceId): Promise<void> {
    this.#states.delete(sequence);
    await this.#calls.request(coordinatorEndpoints.releaseSequence, { sequence });
  }

  /** @throws KvError `notFound` for a sequence that this client did not create, fork or that was released. */
  state(sequence: SequenceId): SequenceState {
    const state = this.#states.get(sequence);
    if (state === undefined) throw new KvError('notFound', `this client has no sequence ${sequence}`);
    return state;
  }

  /** Fetches the plan again, after it was called stale. */
  async refresh(sequence: SequenceId): Promise<SequenceState> {
    return this.extend(sequence, [], this.state(sequence).tokens);
  }

  /** Calls with the epoch of the plan at hand, and once more with the current one when that is stale. */
  async #withEpoch(
    sequence: SequenceId,
    call: (epoch: Epoch) => Promise<SequenceResponse__Output>,
  ): Promise<SequenceResponse__Output> {
    try {
      return await call(this.state(sequence).plan.epoch);
    } catch (thrown) {
      if (!(thrown instanceof KvError) || thrown.kind !== 'stale') throw thrown;
      return call(await this.#currentEpoch());
    }
  }

  #keep({ plan, cachedBlocks, tokens }: SequenceResponse__Output): SequenceState {
    const state = { plan: planFrom(plan), cachedBlocks, tokens };
    this.#states.set(state.plan.sequence, state);
    return state;
  }
}
