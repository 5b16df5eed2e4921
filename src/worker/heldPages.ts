import { KvError } from '../core/errors.js';
import type { StepPage } from './stepFeed.js';
import type { PlannedStep } from './stepPlanner.js';

/**
 * The pages of a step where the sequence has them.
 * @param held by layer within the range, then by block. @throws KvError `lost` for one that is not held.
 */
export function heldPages(
  step: PlannedStep,
  held: readonly (readonly (StepPage | undefined)[])[],
): StepPage[][] {
  return step.layers.map(({ pages, layer }, index) =>
    pages.map(({ block }) => {
      const page = held[index]![block];
      if (page !== undefined) return page;
      // A seek that failed on its way held less than was planned.
      throw new KvError('lost', `the page of block ${block} in layer ${layer} is not held; seek again`, {
        context: { layer, block },
      });
    }),
  );
}
