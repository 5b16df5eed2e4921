import PQueue from 'p-queue';
import type { BlockKey } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { Geometry } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';
import type { NamespaceId } from '../core/namespace.js';
import type { CallContext, Duplex, Network, Peer } from '../core/ports/network.js';
import { workerEndpoints } from '../rpc/endpoints.js';
import type { DecodeRequest } from '../rpc/gen/kvtide/v1/DecodeRequest.js';
import type { DecodeResponse__Output } from '../rpc/gen/kvtide/v1/DecodeResponse.js';
import type { OpenSequence__Output } from '../rpc/gen/kvtide/v1/OpenSequence.js';
import type { TierStack } from '../tiers/tierStack.js';
import { PrefillRate } from './prefillRate.js';
import type { StageName } from './stageError.js';
import type { StepOutcome, StepRunner } from './stepRunner.js';
import type { StepTotals } from './stepTotals.js';
import { type SequenceStep, WorkerSequence } from './workerSequence.js';

export interface SequenceHostParts {
  readonly worker: string;
  readonly geometry: Geometry;
  readonly range: LayerRange;
  readonly namespace: NamespaceId;
  readonly stack: TierStack;
  readonly runner: StepRunner;
  readonly network: Network;
  readonly openSequencesMax: number;
  /** The epoch of this worker's registration: plans made before it are stale. */
  epoch(): number;
  /** Told of every step. */
  stepped(outcome: StepOutcome): void;
  readonly totals: StepTotals;
}

/** The open sequences of a worker. The kernel, and with it the tiers, serve one step at a time. */
export class SequenceHost {
  readonly name: StageName;
  readonly #parts: SequenceHostParts;
  readonly #turns = new PQueue({ concurrency: 1 });
  readonly #prefillRate: PrefillRate;
  readonly #sequences = new Set<WorkerSequence>();
  readonly #peers = new Map<string, Peer>();

  constructor(parts: SequenceHostParts) {
    this.#parts = parts;
    this.#prefillRate = new PrefillRate(parts.geometry.blockTokens);
    this.name = { worker: parts.worker, layers: parts.range };
  }

  get totals(): StepTotals {
    return this.#parts.totals;
  }

  get openSequences(): number {
    return this.#sequences.size;
  }

  /** @throws KvError `stale`, `invalid` or `exhausted` when this worker cannot serve the plan. */
  async open(
    open: OpenSequence__Output,
    rootKey: BlockKey,
    chain: readonly BlockKey[],
  ): Promise<WorkerSequence> {
    const { worker, geometry, range, namespace, stack, runner, openSequencesMax } = this.#parts;
    const mine = open.plan?.stages[open.stage];
    if (open.plan == null || mine === undefined) throw new KvError('invalid', 'the plan has no such stage');
    const differs = mine.worker !== worker || mine.layers?.from !== range.from || mine.layers.to !== range.to;
    if (differs || open.plan.epoch < this.#parts.epoch()) {
      throw new KvError('stale', 'the plan was made before this worker took its layers; ask for a new plan');
    }
    if (open.namespace !== namespace) {
      throw new KvError(
        'invalid',
        'the namespace is not that of the model served here; describe the cluster again',
      );
    }
    if (this.#sequences.size >= openSequencesMax) {
      throw new KvError('exhausted', `${openSequencesMax} sequences are open already; end one or try later`);
    }
    const sequence = new WorkerSequence({ geometry, range, rootKey, chain }, stack, runner);
    this.#sequences.add(sequence);
    return sequence;
  }

  async close(sequence: WorkerSequence): Promise<void> {
    if (!this.#sequences.delete(sequence)) return;
    await this.exclusively(() => sequence.close());
  }

  /** Runs `turn` when no other step or seek is running. */
  async exclusively<T>(turn: () => Promise<T>): Promise<T> {
    return await this.#turns.add(turn);
  }

  /** How many blocks of its chain, at most `blocks`, the sequence goes on from in this worker. */
  usableBlocks(sequence: WorkerSequence, blocks: number): Promise<number> {
    return this.exclusively(async () => sequence.usableBlocks(blocks, this.#prefillRate.msPerBlock));
  }

  async step(sequence: WorkerSequence, step: SequenceStep): Promise<StepOutcome> {
    const outcome = await this.exclusively(() => sequence.step(step));
    this.#prefillRate.add(step.tokens.length, outcome);
    this.#parts.stepped(outcome);
    return outcome;
  }

  dialStage(address: string, call: CallContext): Duplex<DecodeResponse__Output, DecodeRequest> {
    let peer = this.#peers.get(address);
    if (peer === undefined) {
      peer = this.#parts.network.dial(address);
      this.#peers.set(address, peer);
    }
    const { tenant, requestId, signal } = call;
    return peer.stream(workerEndpoints.decode, { tenant, requestId, signal });
  }

  hangUp(): void {
    for (const peer of this.#peers.values()) peer.close();
    this.#peers.clear();
  }

  async idle(): Promise<void> {
    await this.#turns.onIdle();
  }
}
