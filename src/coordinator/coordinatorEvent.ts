import type { BlockKey } from '../core/blockKey.js';
import type { KvError } from '../core/errors.js';
import type { LayerRange } from '../core/layerRange.js';
import type { TensorDigest } from '../core/namespace.js';
import type { Epoch, Plan, SequenceId, ShardPlan, WorkerId } from '../core/plan.js';
import type { DrainState } from './drain.js';
import type { StateChange } from './durableState.js';
import type { Member } from './member.js';
import type { JoinRequest } from './membership.js';
import type { InventoryPart } from './prefixIndex.js';

/** Whose sequence it is, and the epoch of the plan at hand. */
interface OfSequence {
  readonly tenant: string;
  readonly sequence: SequenceId;
  readonly epoch: Epoch;
}

/** What a sequence that is to be placed may come to. */
interface Wanted {
  /** Tokens that it may grow to; those that it has where that is more. */
  readonly maxTokens: number;
  /** Names the wait for room; null refuses rather than waits. */
  readonly ticket: number | null;
}

interface OfStream {
  readonly worker: WorkerId;
  /** Counts the inventory streams of this coordinator. */
  readonly stream: number;
}

interface OfBlocks {
  readonly namespace: string;
  readonly blocks: readonly BlockKey[];
}

/** Everything that can happen to a coordinator. */
export interface CoordinatorEvents {
  readonly register: JoinRequest;
  readonly ready: {
    readonly worker: WorkerId;
    readonly epoch: Epoch;
    readonly tensors: readonly TensorDigest[];
    readonly bounds?: Pick<Member, 'capacity' | 'maxTokens'>;
  };
  readonly heartbeat: {
    readonly worker: WorkerId;
    /** The epoch of the registration that it knows of; without it that is not looked at. */
    readonly since?: Epoch;
    /** Sequences that have a decode stream open there. */
    readonly openSequences?: readonly SequenceId[];
    /** Of the shards that it knows. */
    readonly shardsEpoch: number;
    readonly keptPages: number;
  };
  readonly drain: { readonly worker: WorkerId };
  readonly leave: { readonly worker: WorkerId };
  readonly inventoryOpened: OfStream;
  readonly inventory: OfStream & { readonly part: InventoryPart; readonly more: boolean };
  readonly inventoryClosed: OfStream;
  readonly tick: Record<never, never>;
  readonly create: {
    readonly tenant: string;
    readonly namespace: string;
    readonly blocks: readonly BlockKey[];
    readonly tokens: number;
  } & Wanted;
  readonly fork: OfSequence & Wanted;
  /** The caller of a create or fork no longer waits. */
  readonly withdraw: { readonly ticket: number };
  readonly extend: OfSequence & {
    readonly blocks: readonly BlockKey[];
    readonly tokens: number;
    /** 0 leaves it as it is. */
    readonly maxTokens: number;
  };
  readonly truncate: OfSequence & { readonly tokens: number };
  readonly release: { readonly tenant: string; readonly sequence: SequenceId };
  readonly lookup: OfBlocks;
  readonly locate: OfBlocks;
  readonly pin: { readonly namespace: string; readonly blocks: readonly BlockKey[]; readonly ttlMs: number };
}

export type EventKind = keyof CoordinatorEvents;

export interface PlannedSequence {
  readonly plan: Plan;
  readonly cachedBlocks: number;
  readonly tokens: number;
  readonly maxTokens: number;
}

/** A sequence that has its room, or waits for it: then an effect with its ticket tells the end of the wait. */
export type Placing =
  | { readonly kind: 'placed'; readonly placed: PlannedSequence }
  | { readonly kind: 'waiting' };

/** What the sender of each event is answered. */
export interface CoordinatorAnswers extends Record<EventKind, unknown> {
  readonly register: { readonly member: Member; readonly epoch: Epoch };
  readonly ready: { readonly epoch: Epoch };
  /** `pinned` is null while the worker knows the pins, `stage` while it knows the shards. */
  readonly heartbeat: {
    readonly epoch: Epoch;
    readonly pinned: readonly BlockKey[] | null;
    readonly stage: {
      readonly shards: readonly ShardPlan[];
      /** The others that were taken out of use. */
      readonly drained: readonly WorkerId[];
      readonly isDraining: boolean;
    } | null;
  };
  readonly drain: DrainState;
  readonly leave: undefined;
  readonly inventoryOpened: undefined;
  readonly inventory: { readonly kind: 'ack' | 'resend' | 'wait' };
  readonly inventoryClosed: undefined;
  readonly tick: undefined;
  readonly create: Placing;
  readonly fork: Placing;
  readonly withdraw: undefined;
  readonly extend: PlannedSequence;
  readonly truncate: PlannedSequence;
  readonly release: undefined;
  readonly lookup: {
    readonly cachedBlocks: number;
    readonly epoch: Epoch;
    /** The longest usable prefix in each stage by itself. */
    readonly stages: readonly { readonly layers: LayerRange; readonly cachedBlocks: number }[];
  };
  /** One for each block: who is believed to hold pages of it, and of how many layers. */
  readonly locate: {
    readonly epoch: Epoch;
    readonly blocks: readonly (readonly { readonly worker: WorkerId; readonly pages: number }[])[];
  };
  readonly pin: { readonly blocks: number };
}

/** Why a worker is no longer in the cluster. */
export type LossCause = 'lease' | 'stream' | 'replaced' | 'left';

export type CoordinatorEffect =
  /** To be made durable before the answer is sent. */
  | { readonly kind: 'store'; readonly changes: readonly StateChange[] }
  | { readonly kind: 'joined' | 'serving' | 'drained'; readonly member: Member }
  | { readonly kind: 'lost'; readonly member: Member; readonly cause: LossCause }
  | { readonly kind: 'lookedUp'; readonly blocks: number; readonly cachedBlocks: number }
  | { readonly kind: 'abandoned'; readonly sequence: SequenceId }
  /** The ends of a wait: each has one. */
  | { readonly kind: 'admitted'; readonly ticket: number; readonly placed: PlannedSequence }
  | { readonly kind: 'refused'; readonly ticket: number; readonly error: KvError }
  | { readonly kind: 'withdrawn'; readonly ticket: number };

export interface Decision<Kind extends EventKind> {
  readonly answer: CoordinatorAnswers[Kind];
  readonly effects: readonly CoordinatorEffect[];
}
