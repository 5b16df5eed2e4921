import { KvError } from '../core/errors.js';
import type { PageHandle } from '../tiers/pageHandle.js';
import type { StepPage } from './stepPage.js';
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

/** Those that the step leaves out and the sequence holds all the same. @param held as in `heldPages`. */
export function* leftOutPages(
  step: PlannedStep,
  held: readonly (readonly (StepPage | undefined)[])[],
): Iterable<PageHandle> {
  for (const [index, { leftOut }] of step.layers.entries()) {
    for (const { first, end } of leftOut) {
      for (let block = first; block < end; block += 1) {
        const page = held[index]![block];
        if (page !== undefined) yield page.handle;
      }
    }
  }
}
