import { KvError } from '../core/errors.js';
import type { WorkerId } from '../core/plan.js';
import type { Member } from './member.js';

export interface StageChoice {
  /** Who has each stage. */
  readonly slots: readonly (Member | undefined)[];
  /** Who had a stage last, also before the coordinator was restarted. */
  readonly assigned: ReadonlyMap<WorkerId, number>;
  readonly worker: WorkerId | null;
  /** The stage that the worker would like, or -1. */
  readonly wish: number;
  readonly address: string;
}

/**
 * The stage of a worker that joins: the one it has or had, since it has loaded those layers; the one it
 * wishes for; the one of a worker that had its address, since that one is gone; the first that is free,
 * rather one that nobody is expected back on. Null when all are taken.
 * @throws KvError `conflict` when the id is a living worker's, `invalid` for a wish that is no stage.
 */
export function chooseStage({ slots, assigned, worker, wish, address }: StageChoice): number | null {
  if (wish >= slots.length) {
    throw new KvError(
      'invalid',
      `there is no stage ${wish}: the cluster has stages 0 to ${slots.length - 1}`,
    );
  }
  const own = slots.find((member) => member !== undefined && member.worker === worker);
  if (own !== undefined) {
    if (own.state !== 'lost' && own.address !== address) {
      throw new KvError('conflict', `worker "${own.worker}" is in the cluster already, at ${own.address}`);
    }
    return own.stage;
  }
  const isFree = (stage: number) => {
    const member = slots[stage];
    return member === undefined || member.state === 'lost' || member.address === address;
  };
  const before = worker === null ? undefined : assigned.get(worker);
  if (before !== undefined && before < slots.length && isFree(before)) return before;
  if (wish >= 0 && isFree(wish)) return wish;
  const free = slots.map((_, stage) => stage).filter(isFree);
  const inherited = free.find((stage) => slots[stage]?.address === address);
  const expected = new Set(assigned.values());
  return inherited ?? free.find((stage) => !expected.has(stage)) ?? free[0] ?? null;
}
