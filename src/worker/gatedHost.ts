import type { Asking, Entry, GateLine } from '../core/gateLine.js';
import type { Borrow, PageHost, PageLoan, PageRoom, Reserve, RoomEnd } from '../transfer/pageHost.js';

/** The pages of a host for one client, each let in by the gate before anything is done or kept for it. */
export function gatedHost(host: PageHost, gate: GateLine, asking: Omit<Asking, 'signal'>): PageHost {
  /** Stays in the same turn where the gate and the host do. */
  const admitted = <R extends Borrow | Reserve>(
    signal: AbortSignal,
    work: (end: () => void) => R | Promise<R>,
  ): R | Throttled | Promise<R | Throttled> => {
    const entered = gate.enter({ ...asking, signal });
    return entered instanceof Promise ? entered.then((entry) => begin(entry, work)) : begin(entered, work);
  };
  return {
    borrow: (id, signal) =>
      admitted<Borrow>(signal, (end) =>
        settled(host.borrow(id, signal), end, (result) =>
          result.kind === 'borrowed' ? { kind: 'borrowed', loan: endingLoan(result.loan, end) } : null,
        ),
      ),
    reserve: (id, seal, signal) =>
      admitted<Reserve>(signal, (end) =>
        settled(host.reserve(id, seal, signal), end, (result) =>
          result.kind === 'room' ? { kind: 'room', room: endingRoom(result.room, end) } : null,
        ),
      ),
  };
}

type Throttled = Extract<Borrow, { kind: 'throttled' }>;

function begin<R>(entry: Entry, work: (end: () => void) => R | Promise<R>): R | Throttled | Promise<R> {
  if (entry.kind === 'refused') return { kind: 'throttled', retryAfterMs: entry.retryAfterMs };
  try {
    return work(entry.end);
  } catch (thrown) {
    entry.end();
    throw thrown;
  }
}

/** Gives what `keep` makes of the result, which ends the work later; otherwise the work ends here. */
function settled<R>(result: R | Promise<R>, end: () => void, keep: (result: R) => R | null): R | Promise<R> {
  const take = (value: R): R => {
    const kept = keep(value);
    if (kept === null) end();
    return kept ?? value;
  };
  if (!(result instanceof Promise)) return take(result);
  return result.then(take, (thrown: unknown) => {
    end();
    throw thrown;
  });
}

function endingLoan(loan: PageLoan, end: () => void): PageLoan {
  return {
    id: loan.id,
    blockIndex: loan.blockIndex,
    checksum: loan.checksum,
    view: loan.view,
    sharedSlot: loan.sharedSlot,
    generation: loan.generation,
    giveBack: () => {
      loan.giveBack();
      end();
    },
  };
}

function endingRoom(room: PageRoom, end: () => void): PageRoom {
  return {
    view: room.view,
    complete: () => settled<RoomEnd>(room.complete(), end, () => null),
    abandon: () => {
      room.abandon();
      end();
    },
  };
}
