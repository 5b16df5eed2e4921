import type { CopyTime, PlacementPolicy } from './policy.js';

/** Nothing is copied before it has to leave: what is never pushed out is never written. */
export class WriteBackPlacement implements PlacementPolicy {
  sealed(_handle: number): CopyTime {
    return 'leaving';
  }

  used(_handle: number): CopyTime {
    return 'leaving';
  }
}
