import type { Geometry } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';
import type { NamespaceId } from '../core/namespace.js';
import type { Epoch, WorkerId } from '../core/plan.js';
import type { LinkFigures } from '../core/ports/pageLink.js';
import type { PrefetchFigures } from '../core/prefetchFigures.js';
import type { ShadowFigures } from '../core/shadowFigures.js';
import type { ByTier } from '../core/tierName.js';
import type { TierStats } from '../core/tierStats.js';

export interface WorkerDescription {
  readonly id: WorkerId;
  /** host:port of its gRPC server. */
  readonly address: string;
  readonly pid: number;
  readonly stage: number;
  readonly layers: LayerRange;
  /** `loading`, `ready` or `lost`. */
  readonly state: string;
  /** Pages that the coordinator believes it holds. */
  readonly pages: number;
  readonly budgetBytes: ByTier<number>;
  /** host:port of `/metrics`, or an empty text. */
  readonly metricsAddress: string;
  /** It was taken out of use, and keeps nothing new for sequences that other workers lead. */
  readonly draining: boolean;
  /** Pages that it keeps for them, as it told the coordinator last. */
  readonly keptPages: number;
}

/** What a client needs to know about a cluster before it can make block keys. */
export interface ClusterDescription {
  readonly epoch: Epoch;
  readonly workers: readonly WorkerDescription[];
  /** Null while a stage has no ready worker; then `waitingFor` says what is missing. */
  readonly model: {
    readonly fingerprint: string;
    readonly namespace: NamespaceId;
    readonly geometry: Geometry;
    /** The longest context that is served; null without a bound. */
    readonly maxTokens: number | null;
    /** Block keys have to prove whose they are: the cluster has the secrets of its tenants. */
    readonly sealedKeys: boolean;
  } | null;
  readonly waitingFor: string;
}

/** A cluster whose stages all have a ready worker. */
export type ReadyCluster = ClusterDescription & { readonly model: NonNullable<ClusterDescription['model']> };

export interface ClusterStatus {
  readonly cluster: ClusterDescription;
  readonly sequences: number;
  readonly pinnedBlocks: number;
  readonly indexedBlocks: number;
  readonly admission: AdmissionFigures;
  readonly metricsAddress: string;
}

/** Room for the live KV of sequences. */
export interface AdmissionFigures {
  /** Calls that wait for room. */
  readonly waiting: number;
  readonly stages: readonly {
    readonly stage: number;
    /** Sequences that room is set aside for. */
    readonly sequences: number;
    readonly admittedBytes: number;
    /** What the stage's workers hold together; null where one of them does not say. */
    readonly budgetBytes: number | null;
  }[];
}

/** The figures of a tier; a newer worker may have tiers that this build has no name for. */
export interface TierFigures extends Omit<TierStats, 'tier'> {
  readonly tier: string;
}

/** What one worker says about itself. */
export interface WorkerFigures {
  readonly id: WorkerId;
  readonly layers: LayerRange;
  readonly pid: number;
  readonly tiers: readonly TierFigures[];
  readonly openSequences: number;
  readonly steps: number;
  readonly computeMs: number;
  readonly stallMs: number;
  readonly loadMs: number;
  readonly lanes: readonly PeerLane[];
  /** Null where pages are copied to the device, as they are without a double. */
  readonly link: LinkFigures | null;
  /** Pages that it keeps for sequences that other workers of its stage lead. */
  readonly keptPages: number;
  /** Queries of those sequences that it has answered. */
  readonly attends: number;
  /** Pages that were brought up before anybody asked for them. */
  readonly prefetched: PrefetchFigures;
  readonly policies: readonly TierPolicyFigures[];
  /** Null where no policy is watched beside the live one. */
  readonly shadows: ShadowFigures | null;
}

/** The policy of one tier. */
export interface TierPolicyFigures {
  readonly tier: string;
  /** `retention`, `residency`, `admission` or `placement`. */
  readonly kind: string;
  readonly name: string;
  /** How often a policy failed here and the one before it went on. */
  readonly failures: number;
}

/** One peer of a worker, and how pages travel between the two. */
export interface PeerLane {
  /** Worker id, or what a client calls itself. */
  readonly peer: string;
  /** `shm`, `unix`, `tcp` or `grpc`. */
  readonly kind: string;
  /** True where the worker opened the lane, to fetch pages from another. */
  readonly openedHere: boolean;
  readonly outPages: number;
  readonly outBytes: number;
  readonly inPages: number;
  readonly inBytes: number;
  /** Slots that the peer has on loan now. */
  readonly lentSlots: number;
}
