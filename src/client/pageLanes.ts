import type { Lane, LaneFigures } from '../transfer/lane.js';
import type { LaneKind } from '../transfer/laneKind.js';

/** The lanes of a client: one to each worker that it has exchanged pages with. */
export interface PageLanes {
  /**
   * An open lane to the worker whose gRPC server is at `address`; opened by whoever asks first.
   * Rejects with a KvError when none can be opened, or with the reason of the signal.
   */
  lane(address: string, signal?: AbortSignal): Promise<Lane>;
  /** Those that are open. */
  open(): readonly Lane[];
  close(): Promise<void>;
}

/** A lane in use. */
export interface LaneInUse extends LaneFigures {
  /** Null when the cluster's description no longer has a worker at that address. */
  readonly worker: string | null;
  /** host:port of the worker's gRPC server. */
  readonly address: string;
  readonly kind: LaneKind;
}
