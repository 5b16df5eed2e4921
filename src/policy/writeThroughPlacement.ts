import type { CopyTime, PlacementPolicy } from './policy.js';

/** Everything is copied at once: what leaves costs nothing more, and what is lost above is still below. */
export class WriteThroughPlacement implements PlacementPolicy {
  sealed(_handle: number): CopyTime {
    return 'now';
  }

  used(_handle: number): CopyTime {
    return 'now';
  }
}
