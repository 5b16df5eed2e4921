import { unpackBlockKeys } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { LayerRange } from '../core/layerRange.js';
import type { NamespaceId, TensorDigest } from '../core/namespace.js';
import { workerId } from '../core/plan.js';
import type { Clock } from '../core/ports/clock.js';
import type { Message, Network, Peer, RequestEndpoint } from '../core/ports/network.js';
import { coordinatorEndpoints } from '../rpc/endpoints.js';
import type { DescribeResponse__Output } from '../rpc/gen/kvtide/v1/DescribeResponse.js';
import type { HeartbeatResponse__Output } from '../rpc/gen/kvtide/v1/HeartbeatResponse.js';
import type { ReadyRequest } from '../rpc/gen/kvtide/v1/ReadyRequest.js';
import type { RegisterRequest } from '../rpc/gen/kvtide/v1/RegisterRequest.js';
import { checkProtocol, ownProtocol } from '../rpc/protocolCheck.js';
import type { TierStack } from '../tiers/tierStack.js';
import { InventoryFeed } from './inventoryFeed.js';
import { passing, takenForLost, worthWaiting } from './joinErrors.js';
import type { StageNews, StageShards } from './stageShards.js';
import type { WorkerLimits } from './workerLimits.js';

/** What the coordinator gave a worker that joined. */
export interface Assignment {
  readonly worker: string;
  readonly range: LayerRange;
  readonly epoch: number;
  readonly leaseMs: number;
}

/** What computes in a worker, as far as the other workers of its stage are concerned. */
export interface StageMember {
  readonly shards: Pick<StageShards, 'epoch' | 'keptPages'>;
  /** Called at every heartbeat. @param news null when nothing has changed. */
  stageTold(news: StageNews | null): void;
}

export interface CoordinatorLinkParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly limits: WorkerLimits;
  readonly coordinator: string;
  /** What this worker says of itself; the id is added here. */
  readonly registration: RegisterRequest;
  /** What it serves with the layers that it was given, told when they are loaded. */
  served(range: LayerRange): Pick<ReadyRequest, 'livePages' | 'tailPages' | 'maxTokens'>;
  /** The sequences that have a decode stream open here, told with every heartbeat. */
  openSequences(): readonly string[];
  warn(message: string, error: KvError): void;
}

/** A worker's side of its membership: joins, says what it holds, renews its lease, and joins again. */
export class CoordinatorLink {
  readonly #parts: CoordinatorLinkParts;
  readonly #peer: Peer;
  #assignment: Assignment | null = null;
  /** The stream on which the coordinator is told of pages; when it breaks, the worker joins again. */
  #inventory: { fail(error: unknown): void } | null = null;
  #closed = false;
  readonly #pauses = new Set<() => void>();

  constructor(parts: CoordinatorLinkParts) {
    this.#parts = parts;
    this.#peer = parts.network.dial(parts.coordinator);
  }

  get epoch(): number {
    return this.#assignment?.epoch ?? 0;
  }

  /**
   * Joins the first time, waiting for the coordinator to come up.
   * @throws KvError `unavailable` when it did not within the join timeout, and what the coordinator refuses with.
   */
  async join(): Promise<Assignment> {
    const { clock, limits, coordinator } = this.#parts;
    const giveUpAtMs = clock.monotonicMs() + limits.joinTimeoutMs;
    for (;;) {
      try {
        return await this.#register();
      } catch (thrown) {
        const error = KvError.from(thrown);
        if (!worthWaiting.has(error.kind)) throw error;
        if (clock.monotonicMs() >= giveUpAtMs) {
          if (error.kind === 'exhausted') throw error; // there is a coordinator, with no seat to give
          const message = `no coordinator answers at ${coordinator}; start one with: kvtide coordinator`;
          throw new KvError('unavailable', message, { cause: error });
        }
        await this.#pause(limits.rejoinDelayMs);
      }
    }
  }

  /**
   * Says that the layers are loaded; waits until all stages are, and answers what they serve together. A
   * coordinator that restarts meanwhile, or takes this worker for lost, is joined and told again.
   * @throws KvError what the coordinator refuses with; `cancelled` after `close`.
   */
  async ready(tensors: readonly TensorDigest[]): Promise<NamespaceId> {
    let isTold = false;
    while (!this.#closed) {
      try {
        if (!isTold) await this.#sayReady(tensors);
        isTold = true;
        const cluster = await this.#request(coordinatorEndpoints.describe, { protocol: ownProtocol() });
        if (!isMember(cluster, this.#joined().worker)) isTold = false;
        else if (cluster.namespace !== '') return cluster.namespace as NamespaceId;
      } catch (thrown) {
        const error = KvError.from(thrown);
        if (!passing.has(error.kind)) throw error;
        isTold = false;
      }
      await this.#pause(this.#parts.limits.rejoinDelayMs);
      if (!isTold && !this.#closed) await this.#joinAgain();
    }
    throw new KvError('cancelled', 'the worker was stopped before the cluster was whole');
  }

  /**
   * Keeps the inventory and the lease until `close`; resolves when the coordinator knows the whole inventory.
   * @param stage null in a worker that computes nothing.
   */
  async serve(
    stack: TierStack,
    tensors: readonly TensorDigest[],
    stage: StageMember | null = null,
  ): Promise<void> {
    await new Promise<void>((resolve) => {
      void this.#keepInventory(stack, tensors, resolve);
      void this.#keepLease(stack, stage);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const wake of this.#pauses) wake();
    const worker = this.#assignment?.worker;
    if (worker !== undefined) {
      const leave = this.#peer.request(coordinatorEndpoints.leave, { worker }, { timeoutMs: 500 });
      await leave.catch(() => {}); // the lease ends it otherwise
    }
    this.#peer.close();
  }

  /** @throws KvError what the coordinator refuses with; that it cannot be reached is no refusal. */
  async #joinAgain(): Promise<void> {
    try {
      await this.#register();
    } catch (thrown) {
      const error = KvError.from(thrown);
      if (!passing.has(error.kind)) throw error;
    }
  }

  /** With a deadline: a way that is cut in one direction swallows an answer without a word. */
  #request<Q extends Message, R extends Message>(
    endpoint: RequestEndpoint<Q, R>,
    message: Q['write'],
  ): Promise<R['read']> {
    return this.#peer.request(endpoint, message, { timeoutMs: this.#parts.limits.joinTimeoutMs });
  }

  async #register(): Promise<Assignment> {
    const before = this.#assignment;
    const answer = await this.#request(coordinatorEndpoints.register, {
      ...this.#parts.registration,
      protocol: ownProtocol(),
      worker: before?.worker ?? this.#parts.registration.worker ?? '',
    });
    checkProtocol(answer.protocol, `the coordinator at ${this.#parts.coordinator}`);
    if (answer.layers === null) throw new KvError('internal', 'the coordinator gave no layers');
    const range = { from: answer.layers.from, to: answer.layers.to };
    if (before !== null && (before.range.from !== range.from || before.range.to !== range.to)) {
      throw new KvError('conflict', 'the coordinator gave other layers than before; restart this worker');
    }
    this.#assignment = { worker: answer.worker, range, epoch: answer.epoch, leaseMs: answer.leaseMs };
    return this.#assignment;
  }

  async #sayReady(tensors: readonly TensorDigest[]): Promise<void> {
    const { worker, epoch, range } = this.#joined();
    await this.#request(coordinatorEndpoints.ready, {
      ...this.#parts.served(range),
      worker,
      epoch,
      tensors: tensors.map(({ name, dtype, shape, sha256 }) => ({ name, dtype, shape: [...shape], sha256 })),
    });
  }

  async #keepInventory(
    stack: TierStack,
    tensors: readonly TensorDigest[],
    onWhole: () => void,
  ): Promise<void> {
    const { clock, limits, warn } = this.#parts;
    const feed = new InventoryFeed(stack, this.#joined().worker, clock, limits);
    let delayMs = limits.rejoinDelayMs;
    while (!this.#closed) {
      try {
        const stream = this.#peer.stream(coordinatorEndpoints.inventory);
        this.#inventory = stream;
        await feed.run(stream, () => {
          delayMs = limits.rejoinDelayMs;
          onWhole();
        });
        throw new KvError('unavailable', 'the coordinator ended the inventory stream');
      } catch (thrown) {
        if (this.#closed) return;
        warn('the coordinator cannot be told of pages; joining again', KvError.from(thrown));
      }
      do {
        await this.#pause(delayMs);
        delayMs = Math.min(2 * delayMs, limits.rejoinDelayMsMax);
      } while (!this.#closed && !(await this.#rejoin(tensors)));
    }
  }

  /** @returns whether the coordinator knows all of it: one that has heard half waits for the rest. */
  async #rejoin(tensors: readonly TensorDigest[]): Promise<boolean> {
    try {
      await this.#register();
      await this.#sayReady(tensors);
      return true;
    } catch (thrown) {
      const error = KvError.from(thrown);
      const what = passing.has(error.kind) ? 'cannot be reached' : 'refuses this worker';
      if (!this.#closed) this.#parts.warn(`the coordinator ${what}; trying again`, error);
      return false;
    }
  }

  async #keepLease(stack: TierStack, stage: StageMember | null): Promise<void> {
    while (!this.#closed) {
      const { worker, epoch, leaseMs } = this.#joined();
      await this.#pause(leaseMs / this.#parts.limits.heartbeatsPerLease);
      if (this.#closed) return;
      try {
        const answer = await this.#peer.request(
          coordinatorEndpoints.heartbeat,
          {
            worker,
            epoch,
            openSequences: [...this.#parts.openSequences()],
            shardsEpoch: stage?.shards.epoch ?? 0,
            keptPages: stage?.shards.keptPages ?? 0,
          },
          // The next beat has to come in time where this one gets no answer.
          { timeoutMs: leaseMs / this.#parts.limits.heartbeatsPerLease },
        );
        if (answer.pinsChanged) stack.setPinnedBlocks(unpackBlockKeys(answer.pinnedBlocks));
        stage?.stageTold(answer.shardsChanged ? newsFrom(answer) : null);
      } catch (thrown) {
        // The inventory stream breaks when the coordinator is gone and leads back in; one lost beat is no news.
        const error = KvError.from(thrown);
        if (takenForLost.has(error.kind) && epoch === this.#joined().epoch) this.#inventory?.fail(error);
      }
    }
  }

  #joined(): Assignment {
    if (this.#assignment === null) throw new KvError('internal', 'the worker has not joined yet');
    return this.#assignment;
  }

  /** Ends early when the link is closed. */
  async #pause(delayMs: number): Promise<void> {
    if (this.#closed) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        cancel();
        this.#pauses.delete(wake);
        resolve();
      };
      const cancel = this.#parts.clock.setTimer(delayMs, wake);
      this.#pauses.add(wake);
    });
  }
}

function isMember({ workers }: DescribeResponse__Output, id: string): boolean {
  return workers.some(({ worker, state }) => worker === id && state !== 'lost');
}

function newsFrom({ epoch, shards, drained, draining }: HeartbeatResponse__Output): StageNews {
  const list = {
    shards: shards.map(({ worker, address }) => ({ worker: workerId(worker), address })),
    drained: drained.map(workerId),
  };
  return { epoch, list, isDraining: draining };
}
