import type { BlockKey } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { Geometry } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';
import { workerId } from '../core/plan.js';
import type { Clock } from '../core/ports/clock.js';
import type { CallContext, Duplex, Network, Peer } from '../core/ports/network.js';
import type { RequestKind } from '../policy/policyColumns.js';
import type { PrefetchPolicy } from '../policy/prefetchPolicy.js';
import { attentionModeFrom } from '../rpc/attentionModeMessage.js';
import { workerEndpoints } from '../rpc/endpoints.js';
import type { AttentionRequest__Output } from '../rpc/gen/kvtide/v1/AttentionRequest.js';
import type { AttentionResponse } from '../rpc/gen/kvtide/v1/AttentionResponse.js';
import type { DecodeRequest } from '../rpc/gen/kvtide/v1/DecodeRequest.js';
import type { DecodeResponse__Output } from '../rpc/gen/kvtide/v1/DecodeResponse.js';
import type { OpenSequence__Output } from '../rpc/gen/kvtide/v1/OpenSequence.js';
import type { TierStack } from '../tiers/tierStack.js';
import { AttentionCall, type AttentionServing } from './attentionCall.js';
import { AttentionTurns } from './attentionTurns.js';
import type { OwnPrefix } from './ownPrefix.js';
import type { PageNaming } from './pageNaming.js';
import { PieceMover } from './pieceMover.js';
import { Prefetcher } from './prefetcher.js';
import { PrefillRate } from './prefillRate.js';
import type { SequenceStep } from './sequenceStep.js';
import { sharedStage } from './sharedStage.js';
import type { StageName } from './stageError.js';
import { type StageNews, StageShards } from './stageShards.js';
import { StepLanes } from './stepLanes.js';
import type { StepOutcome, StepRunner } from './stepRunner.js';
import type { StepTotals } from './stepTotals.js';
import type { TenantHosts } from './tenantHosts.js';
import { WorkerSequence } from './workerSequence.js';

export interface SequenceHostParts {
  readonly worker: string;
  readonly geometry: Geometry;
  readonly range: LayerRange;
  /** The longest context that is served; `Infinity` without a bound. */
  readonly maxTokens: number;
  readonly naming: PageNaming;
  /** host:port of this worker, where peers fetch pages. */
  readonly address: string;
  readonly stack: TierStack;
  /** Null where tenants are not told apart. */
  readonly tenants: TenantHosts | null;
  readonly prefetch: PrefetchPolicy;
  readonly runner: StepRunner;
  readonly clock: Clock;
  readonly network: Network;
  readonly openSequencesMax: number;
  /** The epoch of this worker's registration: plans made before it are stale. */
  epoch(): number;
  /** Told of every step. */
  stepped(outcome: StepOutcome): void;
  readonly totals: StepTotals;
  /** What attention for engines with their own model needs; null where it is not served. */
  readonly attention: AttentionServing | null;
}

/** The open sequences of a worker, which share its kernel. */
export class SequenceHost {
  readonly name: StageName;
  readonly shards: StageShards;
  readonly #parts: SequenceHostParts;
  readonly #lanes: StepLanes;
  readonly #prefillRate: PrefillRate;
  readonly #prefetcher: Prefetcher;
  /** With the id that each has at the coordinator. */
  readonly #sequences = new Map<WorkerSequence, string>();
  readonly #peers = new Map<string, Peer>();
  readonly #mover = new PieceMover((turn) => this.exclusively(turn));
  readonly #attention: AttentionTurns;

  constructor(parts: SequenceHostParts) {
    this.#parts = parts;
    this.#lanes = new StepLanes(parts.runner, parts.clock);
    this.#prefetcher = new Prefetcher({ ...parts, policy: parts.prefetch });
    this.#attention = new AttentionTurns(parts.runner, (lane, work) => this.#lanes.inLane(lane, work));
    this.#prefillRate = new PrefillRate(parts.geometry.blockTokens);
    this.name = { worker: parts.worker, layers: parts.range };
    this.shards = new StageShards({
      ...parts,
      peerAt: (address) => this.#peerAt(address),
      exclusively: (change) => this.exclusively(change),
      inLane: (lane, work) => this.#lanes.inLane(lane, work),
    });
  }

  get totals(): StepTotals {
    return this.#parts.totals;
  }

  get openSequences(): number {
    return this.#sequences.size;
  }

  get sequenceIds(): readonly string[] {
    return [...this.#sequences.values()];
  }

  /** @throws KvError `stale`, `invalid`, `unsupported` or `exhausted` when this worker cannot serve the plan. */
  async open(
    open: OpenSequence__Output,
    rootKey: BlockKey,
    chain: readonly BlockKey[],
    call: CallContext,
    kind: RequestKind = 'prefill',
  ): Promise<WorkerSequence> {
    const { worker, geometry, range, maxTokens, naming, stack, openSequencesMax } = this.#parts;
    const mine = open.plan?.stages[open.stage];
    if (open.plan == null || mine === undefined) throw new KvError('invalid', 'the plan has no such stage');
    const differs = mine.worker !== worker || mine.layers?.from !== range.from || mine.layers.to !== range.to;
    if (differs || open.plan.epoch < this.#parts.epoch()) {
      throw new KvError('stale', 'the plan was made before this worker took its layers; ask for a new plan');
    }
    if (open.namespace !== naming.namespace) {
      throw new KvError(
        'invalid',
        'the namespace is not that of the model served here; describe the cluster again',
      );
    }
    if (this.#sequences.size >= openSequencesMax) {
      throw new KvError('exhausted', `${openSequencesMax} sequences are open already; end one or try later`);
    }
    const attention = attentionModeFrom(open.attention);
    if (attention.kind !== 'exact' && mine.shards.length > 0) throw sharedStage(attention);
    const planned = mine.shards.map((shard) => ({ ...shard, worker: workerId(shard.worker) }));
    const list = { shards: planned, drained: [] };
    // What a mode leaves out is chosen here: no part of such a sequence is given away, whoever joins.
    const shards = attention.kind === 'exact' ? this.shards.of({ epoch: open.plan.epoch, list }, call) : null;
    const sealing = this.#parts.tenants?.opens(call.tenant) ?? null;
    const options = { geometry, range, maxTokens, rootKey, chain, attention, kind, sealing };
    const sequence = new WorkerSequence(options, stack, shards);
    this.#sequences.set(sequence, open.plan.sequence);
    this.#prefetcher.opened(chain);
    return sequence;
  }

  /** The sequence will go on after `blocks` blocks, which `prefix` has just said to be there. */
  async seek(sequence: WorkerSequence, blocks: number): Promise<void> {
    await this.exclusively(() => sequence.seek(blocks));
    if (this.#sequences.has(sequence)) this.#prefetcher.queued(sequence, () => sequence.held());
  }

  async close(sequence: WorkerSequence): Promise<void> {
    if (!this.#sequences.delete(sequence)) return;
    this.#prefetcher.began(sequence);
    const { blocks } = sequence;
    await this.exclusively(() => sequence.close());
    this.#prefetcher.ended(blocks);
  }

  /** Changes what a sequence holds, when no other change is under way. It has no step under way. */
  exclusively<T>(change: () => Promise<T>): Promise<T> {
    return this.#lanes.change(change);
  }

  /** What this worker has of the first `blocks` blocks of the sequence's chain. */
  prefix(sequence: WorkerSequence, blocks: number): Promise<OwnPrefix> {
    return this.exclusively(() => sequence.prefix(blocks, this.#prefillRate.msPerBlock));
  }

  async step(sequence: WorkerSequence, step: SequenceStep): Promise<StepOutcome> {
    this.#prefetcher.began(sequence);
    const outcome = await this.#lanes.step(sequence, step);
    this.#prefillRate.add(step.tokens.length, outcome);
    this.#parts.stepped(outcome);
    return outcome;
  }

  dialStage(address: string, call: CallContext): Duplex<DecodeResponse__Output, DecodeRequest> {
    const { tenant, requestId, signal } = call;
    return this.#peerAt(address).stream(workerEndpoints.decode, { tenant, requestId, signal });
  }

  /**
   * The coordinator has told of the stage: pieces move, also those of sequences that take no steps now. Called again
   * without news: what could not move before may now.
   */
  stageTold(news: StageNews | null): void {
    if (news !== null) this.shards.told(news);
    for (const sequence of this.#sequences.keys()) void this.#mover.move(sequence);
  }

  /** Serves a sequence of an engine with its own model. @throws KvError `unsupported` where attention is not served. */
  async attention(
    stream: Duplex<AttentionRequest__Output, AttentionResponse>,
    call: CallContext,
  ): Promise<void> {
    const { attention: serving, geometry, range } = this.#parts;
    if (serving === null) throw new KvError('unsupported', 'this worker computes no attention for others');
    const parts = { host: this, geometry, range, serving, turns: this.#attention };
    await new AttentionCall(parts, stream, call).run();
  }

  hangUp(): void {
    this.#prefetcher.close();
    for (const peer of this.#peers.values()) peer.close();
    this.#peers.clear();
  }

  #peerAt(address: string): Peer {
    let peer = this.#peers.get(address);
    if (peer === undefined) {
      peer = this.#parts.network.dial(address);
      this.#peers.set(address, peer);
    }
    return peer;
  }

  async idle(): Promise<void> {
    await this.#lanes.idle();
  }
}
