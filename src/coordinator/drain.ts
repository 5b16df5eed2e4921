import { KvError } from '../core/errors.js';
import type { WorkerId } from '../core/plan.js';
import type { Member } from './member.js';
import type { Membership } from './membership.js';
import { leadOf, shardsBeside } from './stagePlans.js';

/** How far a worker is that was taken out of use. */
export interface DrainState {
  /** As it said last. */
  readonly keptPages: number;
  /** Sequences that it leads, as it said last: those of a time when it led its stage, until their streams end. */
  readonly openSequences: number;
  /** It knows that it is drained, keeps nothing and leads nothing. */
  readonly isDone: boolean;
}

/**
 * Takes a worker out of use; nothing changes when it is already.
 * @throws KvError `notFound` or `unavailable` for one that does not serve, `unsupported` in a page store,
 * `conflict` for the worker that leads its stage, drained or not.
 */
export function drain(membership: Membership, worker: WorkerId): DrainState {
  const member = membership.drain(checked(membership, worker));
  const { drainedSince, shardsEpoch, keptPages, openSequences } = member;
  const knows = drainedSince !== null && shardsEpoch >= drainedSince;
  return { keptPages, openSequences, isDone: knows && keptPages === 0 && openSequences === 0 };
}

function checked(membership: Membership, worker: WorkerId): Member {
  const members = membership.members();
  const member = members.find((other) => other.worker === worker);
  const context = { worker };
  if (member === undefined || member.state === 'lost') {
    const message = `there is no worker "${worker}" in the cluster; kvtide status lists them`;
    throw new KvError('notFound', message, { context });
  }
  if (member.state !== 'ready') {
    throw new KvError('unavailable', `worker "${worker}" is ${member.state}; wait until it is ready`, {
      context,
    });
  }
  if (membership.identity?.isStore === true) {
    throw new KvError(
      'unsupported',
      `worker "${worker}" stores pages and keeps none for a sequence; move them with: kvtide copy --migrate`,
      { context },
    );
  }
  const { stage } = member;
  const ready = members.filter((other) => other.stage === stage && other.state === 'ready');
  const leads = leadOf(ready).worker === worker;
  // One that is drained leads again once no other is left.
  if (member.drainedSince !== null && !leads) return member;
  const others = shardsBeside(member, members).map((shard) => `"${shard.worker}"`);
  if (others.length === 0) {
    const message = `worker "${worker}" is the last of stage ${stage}: start another worker of that stage first`;
    throw new KvError('conflict', message, { context });
  }
  if (leads) {
    throw new KvError(
      'conflict',
      `worker "${worker}" leads stage ${stage} and cannot be drained; those that can are ${others.join(', ')}`,
      { context },
    );
  }
  return member;
}
