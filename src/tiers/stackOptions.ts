import type { ErrorContext } from '../core/errors.js';
import type { Geometry } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';
import type { NamespaceId } from '../core/namespace.js';
import type { Clock } from '../core/ports/clock.js';
import type { Disk } from '../core/ports/disk.js';
import type { LineSink } from '../core/ports/lineSink.js';
import type { PageLink } from '../core/ports/pageLink.js';
import type { TierName } from '../core/tierName.js';
import type { PagePlanes } from '../device/pagePlanes.js';
import type { Slab } from '../memory/slab.js';
import type { AdmissionPolicyName } from '../policy/admissionPolicies.js';
import type { NamedPolicy } from '../policy/namedPolicy.js';
import type { PlacementPolicyName } from '../policy/placementPolicies.js';
import type { RetentionPolicy } from '../policy/policy.js';
import type { ResidencyPolicyName } from '../policy/residencyPolicies.js';
import type { RetentionPolicyName } from '../policy/retentionPolicies.js';
import type { TransferEngine } from '../transfer/transferEngine.js';
import type { TransferOptions } from '../transfer/transferOptions.js';
import type { DiskCompression } from './codec/diskCodecs.js';
import type { TierDtype } from './codec/tierDtype.js';
import type { DiskWatermarks } from './diskWatermarks.js';
import type { PolicyFailure } from './livePolicy.js';
import type { PageCiphers } from './pageCipher.js';
import type { ScrubBounds } from './scrubPace.js';

/**
 * When a page's checksum is verified: `boundary` whenever its bytes come from the disk or from outside the
 * worker, `always` also at every move between memory tiers.
 */
export type VerifyMode = 'boundary' | 'always';

/** What the stack tells its surroundings. All of it is optional to hear. */
export interface StackHooks {
  /** One line for the log. */
  warn?(message: string, context: ErrorContext): void;
  /** A page came to the device. */
  loaded?(from: TierName, bytes: number, ms: number): void;
  /** A policy failed; another one goes on. */
  policyFailed?(failure: PolicyFailure & { readonly tier: TierName }): void;
  /** A page was copied to a lower tier. */
  stored?(to: TierName, bytes: number, ms: number): void;
}

/** Every bound of a stack towards those who borrow its pages and give it theirs. */
export interface HostBounds {
  /** Bytes of pages that are lent out of buffers, because they lie only on disk and pinned memory is taken. */
  readonly lentBufferBytesMax: number;
  /** Bytes of rooms that are reserved and not completed. */
  readonly reservedBytesMax: number;
  /** When to ask again what was refused because a bound was reached. */
  readonly retryAfterMs: number;
}

const mebibyte = 2 ** 20;

/** One page is always allowed, however large. */
export const defaultHostBounds: HostBounds = {
  lentBufferBytesMax: 64 * mebibyte,
  reservedBytesMax: 128 * mebibyte,
  retryAfterMs: 5,
};

export interface TierStackOptions {
  readonly geometry: Geometry;
  /** The worker's layers; pages of others are not its own. */
  readonly layers: LayerRange;
  readonly namespace: NamespaceId;
  readonly clock: Clock;
  /** At least `leastDeviceBytes`. Null: a worker that only serves pages; nothing is computed on it. */
  readonly device: PagePlanes | null;
  /** Null, or smaller than one slot: pages move between device and disk. Pages lent out of a shared one name their slot. */
  readonly pinned: Slab | null;
  /** How precise pages are in pinned memory; `exact` where nothing is said. */
  readonly pinnedDtype?: TierDtype;
  /** Null: no disk tier. Not yet opened; the stack opens and closes it. */
  readonly disk: {
    readonly disk: Disk;
    readonly budgetBytes: number;
    /** How pages are encoded there; without it nothing is. */
    readonly compression?: DiskCompression;
  } | null;
  /** How pages of some tenants are encrypted on disk; without it none is. */
  readonly ciphers?: PageCiphers;
  readonly residency: ResidencyPolicyName;
  /** One of ours by its name, or any other. */
  readonly retention: RetentionPolicyName | NamedPolicy<RetentionPolicy>;
  /** What tiers below take in; everything where nothing is said. */
  readonly admission?: AdmissionPolicyName;
  /** When pages are copied to them; at once where nothing is said. */
  readonly placement?: PlacementPolicyName;
  /** Where the uses of blocks and the decisions of retention are recorded. */
  readonly record?: LineSink;
  /** Retention policies that are watched beside the live one; none where nothing is said. */
  readonly shadows?: readonly NamedPolicy<RetentionPolicy>[];
  readonly verify: VerifyMode;
  readonly transfer?: Partial<TransferOptions>;
  /** Where others move pages of this worker too; the stack closes it. Otherwise the stack makes its own. */
  readonly engine?: TransferEngine;
  /** How pages get from pinned memory to the device; a copy where nothing is said. */
  readonly link?: PageLink;
  readonly bounds?: Partial<HostBounds>;
  /** Without it, pages are verified only where they are read. */
  readonly scrub?: Partial<ScrubBounds>;
  readonly watermarks?: Partial<DiskWatermarks>;
  readonly hooks?: StackHooks;
}
