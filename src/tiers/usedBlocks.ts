import type { PageRecords } from './pageRecords.js';
import type { PageRequest } from './pageRequest.js';
import type { UseListener } from './useListener.js';

/** Writes down who uses which block, and tells those who want to hear it. */
export class UsedBlocks {
  readonly #records: PageRecords;
  readonly #listeners: readonly UseListener[];

  constructor(records: PageRecords, listeners: readonly UseListener[]) {
    this.#records = records;
    this.#listeners = listeners;
  }

  /**
   * @param request who uses it; null where nobody new does.
   * @param wasHere whether it was in some tier before.
   */
  use(block: number, request: PageRequest | null, nowMs: number, wasHere: boolean): void {
    const { uses } = this.#records;
    const isFirst = uses.write(block, request, nowMs);
    if (request === null) return;
    if (!uses.hasParent(block)) this.#link(block, request);
    if (!isFirst) return;
    for (const listener of this.#listeners) listener.used(this.#records, block, request, wasHere);
  }

  #link(block: number, request: PageRequest): void {
    const depth = this.#records.blockDepth[block]!;
    const key = depth === 0 ? undefined : request.chain()[depth - 1];
    const parent = key === undefined ? undefined : this.#records.findBlock(key);
    // Whoever gives a chain may give any: only one that goes up by one makes no circle.
    if (parent !== undefined && this.#records.blockDepth[parent] === depth - 1)
      this.#records.uses.link(block, parent);
  }
}
