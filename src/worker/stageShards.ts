import type { Geometry } from '../core/geometry.js';
import type { CallContext, Duplex, Peer } from '../core/ports/network.js';
import type { AttendRequest__Output } from '../rpc/gen/kvtide/v1/AttendRequest.js';
import type { AttendResponse } from '../rpc/gen/kvtide/v1/AttendResponse.js';
import type { TierStack } from '../tiers/tierStack.js';
import type { ComputeLane } from './compute.js';
import { fetchBlocks } from './fetchBlocks.js';
import type { PageNaming } from './pageNaming.js';
import { SequenceShards, type ShardList } from './sequenceShards.js';
import { ShardCall } from './shardCall.js';
import { ShardPeer } from './shardPeer.js';
import { ShardRole } from './shardRole.js';
import type { StepRunner } from './stepRunner.js';

/** Who may keep pages, as of an epoch. */
export interface ShardsOfEpoch {
  readonly epoch: number;
  readonly list: ShardList;
}

/** What the coordinator says about the stage of a worker. */
export interface StageNews extends ShardsOfEpoch {
  /** This worker is to keep nothing new for others. */
  readonly isDraining: boolean;
}

export interface StageShardsParts {
  readonly worker: string;
  readonly address: string;
  readonly geometry: Geometry;
  readonly naming: PageNaming;
  readonly stack: TierStack;
  readonly runner: StepRunner;
  peerAt(address: string): Peer;
  exclusively<T>(change: () => Promise<T>): Promise<T>;
  inLane<T>(lane: ComputeLane, work: () => Promise<T>): Promise<T>;
}

/** A worker among those of its stage: who keeps pages for it, and what it keeps for others. */
export class StageShards {
  readonly #parts: StageShardsParts;
  readonly #role = new ShardRole();
  readonly #calls = new Set<ShardCall>();
  #known: ShardsOfEpoch = { epoch: 0, list: { shards: [], drained: [] } };
  #attends = 0;

  constructor(parts: StageShardsParts) {
    this.#parts = parts;
  }

  /** Of the shards that it was told last. */
  get epoch(): number {
    return this.#known.epoch;
  }

  /** Pages kept for sequences that other workers lead. */
  get keptPages(): number {
    return [...this.#calls].reduce((sum, { keptPages }) => sum + keptPages, 0);
  }

  /** Queries of others answered so far. */
  get attends(): number {
    return this.#attends;
  }

  /** Open sequences follow from their next step on. */
  told({ epoch, list, isDraining }: StageNews): void {
    this.#role.isDraining = isDraining;
    this.#known = { epoch, list };
  }

  /** The shards of a new sequence: those of its plan, until later ones are known. */
  of(plan: ShardsOfEpoch, call: CallContext): SequenceShards {
    const { worker, address, geometry, naming, peerAt } = this.#parts;
    const { kvHeads, headDim } = geometry;
    const { namespace, range: layers } = naming;
    const { tenant, requestId } = call;
    return new SequenceShards({
      lead: { worker, address },
      role: this.#role,
      shards: () => (this.#known.epoch > plan.epoch ? this.#known : plan).list,
      peerOf: (shard) =>
        new ShardPeer({
          peer: peerAt(shard.address),
          worker: shard.worker,
          namespace,
          layers,
          kvHeads,
          headDim,
          call,
        }),
      fetchHome: (blocks, from, signal) =>
        fetchBlocks(peerAt(address), namespace, blocks, from, {
          tenant,
          requestId,
          signal: AbortSignal.any([signal, call.signal]),
        }),
    });
  }

  /** Keeps pages for a sequence that another worker leads, and attends to them. */
  async attend(stream: Duplex<AttendRequest__Output, AttendResponse>, call: CallContext): Promise<void> {
    const { geometry, naming, stack, runner } = this.#parts;
    const kept = new ShardCall(
      {
        geometry,
        naming,
        stack,
        runner,
        role: this.#role,
        attended: () => {
          this.#attends += 1;
        },
        exclusively: (change) => this.#parts.exclusively(change),
        inLane: (lane, work) => this.#parts.inLane(lane, work),
      },
      stream,
      call,
    );
    this.#calls.add(kept);
    try {
      await kept.run();
    } finally {
      this.#calls.delete(kept);
    }
  }
}
