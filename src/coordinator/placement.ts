import type { WorkerId } from '../core/plan.js';

/** What placement goes by. Asked only about workers between which there is a choice. */
export interface PlacementFacts {
  /** Pages of the sequence's prefix that the worker holds. */
  heldPages(worker: WorkerId): number;
  freeBytes(worker: WorkerId): number;
  /** Sequences that it serves already. */
  load(worker: WorkerId): number;
}

/**
 * Chooses a worker for each stage: who holds most of the prefix, then who has most room, then who has
 * least to do; the id decides what is left, so that the order of arrival does not. With one worker a stage
 * this is the chain of them.
 * @param stages the workers that could serve each stage, at least one.
 */
export function choosePlacement(stages: readonly (readonly WorkerId[])[], facts: PlacementFacts): WorkerId[] {
  const better = (a: WorkerId, b: WorkerId): number =>
    facts.heldPages(b) - facts.heldPages(a) ||
    facts.freeBytes(b) - facts.freeBytes(a) ||
    facts.load(a) - facts.load(b) ||
    (a < b ? -1 : 1);
  return stages.map((workers) => workers.toSorted(better)[0]!); // at least one is promised
}
