import { KvError } from '../core/errors.js';
import type { WorkerId } from '../core/plan.js';
import type { Member } from './member.js';

export interface SeatChoice {
  /** Who has each seat. Seats go round the stages: seat s belongs to stage `s % stages`. */
  readonly seats: readonly (Member | undefined)[];
  readonly stages: number;
  /** Who had a seat last, also before the coordinator was restarted. */
  readonly assigned: ReadonlyMap<WorkerId, number>;
  readonly worker: WorkerId | null;
  /** The stage that the worker would like, or -1. */
  readonly wish: number;
  readonly address: string;
}

/**
 * The seat of a worker that joins: the one it has or had, since it has loaded those layers; one in the stage
 * that it wishes for; the one of a worker that had its address, since that one is gone; the first that is
 * free, rather one that nobody is expected back on.
 * @throws KvError `exhausted` when the id is that of a worker that still beats, or when the stage that it
 * wishes for is taken and others may come back to what is free: both pass. `invalid` for a wish that is no stage,
 * and when all are taken.
 */
export function chooseSeat({ seats, stages, assigned, worker, wish, address }: SeatChoice): number {
  if (wish >= stages) {
    throw new KvError('invalid', `there is no stage ${wish}: the cluster has stages 0 to ${stages - 1}`);
  }
  const own = seats.find((member) => member !== undefined && member.worker === worker);
  if (own !== undefined) {
    // Ids lie in data folders, which are locked: who still loads under this one has ended.
    if (own.state !== 'lost' && own.beats && own.address !== address) {
      throw new KvError('exhausted', `worker "${own.worker}" is in the cluster already, at ${own.address}`);
    }
    return own.seat;
  }
  const isFree = (seat: number) => {
    const member = seats[seat];
    return member === undefined || member.state === 'lost' || member.address === address;
  };
  const before = worker === null ? undefined : assigned.get(worker);
  if (before !== undefined && before < seats.length && isFree(before)) return before;
  const free = seats.map((_, seat) => seat).filter(isFree);
  const expected = new Set(assigned.values());
  const isUnexpected = (seat: number) => !expected.has(seat);
  const wished = free.filter((seat) => seat % stages === wish);
  const inherited = free.find((seat) => seats[seat]?.address === address);
  const chosen = wished.find(isUnexpected) ?? wished[0] ?? inherited ?? free.find(isUnexpected);
  if (free[0] === undefined) {
    const workersPerStage = seats.length / stages;
    const each = workersPerStage === 1 ? 'one worker' : `${workersPerStage} workers`;
    throw new KvError('invalid', `${seats.length + 1} workers for ${stages} stages: ${each} a stage`);
  }
  if (chosen !== undefined || wish < 0) return chosen ?? free[0];
  // It may be the next life of one that is still counted here; with other layers it would keep out who has those.
  throw new KvError(
    'exhausted',
    `stage ${wish} has its workers, and those of stage ${free[0] % stages} may come back; give --stage ${free[0] % stages} to replace one`,
  );
}
