import type { PageRecords } from './pageRecords.js';
import type { PageRequest } from './pageRequest.js';

/** Hears of the blocks that requests use. */
export interface UseListener {
  /**
   * A request uses a block, once however many pages of it. The records are as the policies see them.
   * @param wasHere whether it was in some tier; else it has just been computed or given.
   */
  used(records: PageRecords, block: number, request: PageRequest, wasHere: boolean): void;
  /** It uses no more. */
  ended(request: PageRequest, nowMs: number): void;
}
