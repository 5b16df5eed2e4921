import type { ErrorContext } from '../core/errors.js';
import type { GateLine } from '../core/gateLine.js';
import type { Geometry } from '../core/geometry.js';
import type { Clock } from '../core/ports/clock.js';
import type { Disk } from '../core/ports/disk.js';
import type { LineSink } from '../core/ports/lineSink.js';
import type { Network } from '../core/ports/network.js';
import type { PageLink } from '../core/ports/pageLink.js';
import type { TenantGate } from '../core/tenantGate.js';
import type { ByTier, TierName } from '../core/tierName.js';
import type { TierStats } from '../core/tierStats.js';
import type { Board } from '../memory/board.js';
import type { RegionShape } from '../memory/sharedRegion.js';
import type { Slab } from '../memory/slab.js';
import type { AdmissionPolicyName } from '../policy/admissionPolicies.js';
import type { NamedPolicy } from '../policy/namedPolicy.js';
import type { PlacementPolicyName } from '../policy/placementPolicies.js';
import type { RetentionPolicy } from '../policy/policy.js';
import type { PrefetchPolicyName } from '../policy/prefetchPolicies.js';
import type { ResidencyPolicyName } from '../policy/residencyPolicies.js';
import type { RetentionPolicyName } from '../policy/retentionPolicies.js';
import type { DiskCompression } from '../tiers/codec/diskCodecs.js';
import type { TierDtype } from '../tiers/codec/tierDtype.js';
import type { VerifyMode } from '../tiers/stackOptions.js';
import type { TierStack } from '../tiers/tierStack.js';
import type { Compute, ComputeStage } from './compute.js';
import type { LaneTraffic } from './laneTraffic.js';
import type { LoadPolicy } from './setPolicyCall.js';
import type { StepOutcome } from './stepRunner.js';
import type { TenantBytes } from './tenantBytes.js';
import type { WorkerLaneOptions } from './workerLanes.js';
import type { WorkerLimits } from './workerLimits.js';

/** What an operator decides about a worker. */
export interface WorkerOptions {
  /** host:port of coordinators, with commas between them. */
  readonly coordinator: string;
  /** Who it is, in each of its lives; without it the coordinator gives it a name for this one. */
  readonly worker?: string;
  /** host:port to listen on; port 0 lets the system choose. */
  readonly listen: string;
  /** The stage that it would like, or -1. */
  readonly stage: number;
  readonly budgetBytes: ByTier<number>;
  /** How precise pages are in pinned memory; `exact` where nothing is said. */
  readonly pinnedDtype?: TierDtype;
  /** How pages are encoded on disk; without it nothing is. */
  readonly diskCompression?: DiskCompression;
  readonly residency: ResidencyPolicyName;
  readonly retention: RetentionPolicyName | NamedPolicy<RetentionPolicy>;
  /** What tiers below take in, and when; everything at once where nothing is said. */
  readonly admission?: AdmissionPolicyName;
  readonly placement?: PlacementPolicyName;
  /** What is brought up before a step asks for it; the default where nothing is said. */
  readonly prefetch?: PrefetchPolicyName;
  /** Retention policies that are watched beside the live one. */
  readonly shadows?: readonly RetentionPolicyName[];
  readonly verify: VerifyMode;
  /** Null: pages travel over gRPC alone, as in simulation. */
  readonly lanes: WorkerLaneOptions | null;
  readonly metricsAddress: string;
  readonly limits: WorkerLimits;
}

/** What the worker knows about its model before it has loaded anything. */
export interface ModelShape {
  readonly geometry: Geometry;
  /** Canonical JSON of the configuration. */
  readonly configJson: string;
  /** The longest context that is served; without it there is no bound. */
  readonly maxTokens?: number;
  /** Null in a page store, which computes none. */
  readonly attention: ServedAttention | null;
}

/** What a worker has to know of a model that it computes attention for. */
export interface ServedAttention {
  /** Query heads: a multiple of the geometry's KV heads. */
  readonly heads: number;
}

/** What a worker tells the log and the metrics; all of it is optional to hear. */
export interface WorkerObserver {
  warn?(message: string, context: ErrorContext): void;
  stepped?(outcome: StepOutcome): void;
  loaded?(from: TierName, bytes: number, ms: number): void;
  stored?(to: TierName, bytes: number, ms: number): void;
  /** Where the figures of tiers, sequences and lanes can be read at any time. */
  serving?(read: {
    tiers(): readonly TierStats[];
    openSequences(): number;
    readonly lanes: LaneTraffic | null;
    /** Null where tenants are not told apart. */
    readonly tenantBytes?: TenantBytes | null;
    readonly policies: Pick<TierStack, 'policies' | 'prefetched' | 'shadowFigures'>;
  }): void;
}

/** Where a worker's layers are computed. */
export interface ComputeParts {
  /** @param stage.device the arena that the kernels read; it stays open until the compute is closed. */
  open(stage: ComputeStage): Promise<Compute>;
  makeBoard(entries: number): Board;
}

/** The worker's surroundings: real ones from src/cli/startWorker.ts, simulated ones in src/simulate. */
export interface WorkerParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly pid: number;
  readonly shape: ModelShape;
  /** Null in a page store: pages are served, and nothing is computed. */
  readonly compute: ComputeParts | null;
  makeSlab(sizeBytes: number): Slab;
  /** What pinned pages lie in: a shared slab, where others may map it. */
  makePinned(shape: RegionShape): Slab;
  /** Locks the arena in memory where the system allows it. */
  lockPages(slab: Slab): void;
  readonly disk: Disk;
  /** How pages get from pinned memory to the device. */
  readonly link: PageLink;
  readonly observer: WorkerObserver;
  /** Loads retention policies from files, for who asks while the worker runs. @throws KvError where it may not. */
  readonly loadPolicy: LoadPolicy;
  /** How many pages the streams of all clients may be given or give at once. */
  readonly pageGate?: GateLine;
  /** Where the uses of blocks are recorded. */
  readonly record?: LineSink;
  /** Whom it serves; without it everybody, and no block key is verified. */
  readonly tenants?: TenantGate;
}
