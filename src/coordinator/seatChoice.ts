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
 * free, rather one that nobody is expected back on. Null when all are taken.
 * @throws KvError `conflict` when the id is a living worker's, `invalid` for a wish that is no stage.
 */
export function chooseSeat({ seats, stages, assigned, worker, wish, address }: SeatChoice): number | null {
  if (wish >= stages) {
    throw new KvError('invalid', `there is no stage ${wish}: the cluster has stages 0 to ${stages - 1}`);
  }
  const own = seats.find((member) => member !== undefined && member.worker === worker);
  if (own !== undefined) {
    if (own.state !== 'lost' && own.address !== address) {
      throw new KvError('conflict', `worker "${own.worker}" is in the cluster already, at ${own.address}`);
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
  const unexpected = (some: readonly number[]) => some.find((seat) => !expected.has(seat)) ?? some[0];
  const wished = unexpected(free.filter((seat) => seat % stages === wish));
  const inherited = free.find((seat) => seats[seat]?.address === address);
  return wished ?? inherited ?? unexpected(free) ?? null;
}
