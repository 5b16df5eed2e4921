import type { DurableState, StateChange } from './durableState.js';

export type StateOpen =
  | { readonly kind: 'ready'; readonly state: DurableState }
  /** The store was damaged; it was moved to `movedTo` and an empty one stands in its place. */
  | {
      readonly kind: 'quarantined';
      readonly state: DurableState;
      readonly movedTo: string;
      readonly reason: string;
    };

/**
 * Where the coordinator's durable state lies: LMDB in one coordinator, a shared store where there are
 * several. The caller opens it once, before anything else, and closes it once.
 */
export interface StateStore {
  /**
   * @throws KvError `invalid` when the place cannot be written, `unsupported` when it was written by a
   * newer build.
   */
  open(): Promise<StateOpen>;
  /**
   * Makes the changes in order, all or none; resolves when they would survive a crash of the process.
   * Two writes take effect in the order of their calls.
   * @throws KvError `unavailable` when they could not be made.
   */
  write(changes: readonly StateChange[]): Promise<void>;
  close(): Promise<void>;
}
