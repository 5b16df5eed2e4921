import type { StagePlan } from '../core/plan.js';
import type { Member } from './member.js';

/**
 * Who computes a sequence: in each stage the worker of the first seat leads, and the others keep part of its
 * pages. It is the same worker for all sequences: a worker that waited for peers while it made others wait
 * for it could wait for ever.
 * @param stages the ready workers of each stage, at least one, by seat.
 */
export function stagePlans(stages: readonly (readonly Member[])[]): StagePlan[] {
  return stages.map(([lead, ...others]) => {
    const { worker, address, layers } = lead!; // at least one is promised
    return {
      worker,
      address,
      layers,
      shards: others.map((other) => ({ worker: other.worker, address: other.address })),
    };
  });
}
