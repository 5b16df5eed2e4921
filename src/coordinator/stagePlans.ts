import type { ShardPlan, StagePlan } from '../core/plan.js';
import type { Member } from './member.js';

/**
 * Who computes a sequence: in each stage the worker of the first seat leads, and the others keep part of its
 * pages. It is the same worker for all sequences: a worker that waited for peers while it made others wait
 * for it could wait for ever.
 * @param stages the ready workers of each stage, at least one, by seat.
 */
export function stagePlans(stages: readonly (readonly Member[])[]): StagePlan[] {
  return stages.map((members) => {
    const lead = leadOf(members);
    const { worker, address, layers } = lead;
    return { worker, address, layers, shards: shardsBeside(lead, members) };
  });
}

/** One that is drained leads only where there is no other. */
export function leadOf(members: readonly Member[]): Member {
  return members.find(({ drainedSince }) => drainedSince === null) ?? members[0]!; // at least one is promised
}

/** Those of a stage that sequences use, the lead first: what a drained worker has is not for those to come. */
export function usedOf(members: readonly Member[]): Member[] {
  const lead = leadOf(members);
  return [lead, ...members.filter((other) => other !== lead && other.drainedSince === null)];
}

/** The workers that may keep pages for one of their stage. */
export function shardsBeside({ worker, stage }: Member, members: readonly Member[]): ShardPlan[] {
  return members
    .filter((other) => other.stage === stage && other.worker !== worker)
    .filter(({ state, drainedSince }) => state === 'ready' && drainedSince === null)
    .map((other) => ({ worker: other.worker, address: other.address }));
}
