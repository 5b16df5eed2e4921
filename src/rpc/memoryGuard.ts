import type { Cancel, Clock } from '../core/ports/clock.js';
import type { ServerGates } from './serverGates.js';

/** How often memory is looked at. */
const watchMs = 100;
/** Shares of the limit: pages are refused from the first on, everything gated from the second on. */
const pagesShare = 0.85;
const allShare = 0.92;
/** How far memory has to fall below a share before it is let in again. */
const backShare = 0.03;

export interface GuardedMemory {
  readonly limitBytes: number;
  /** Resident memory of the process now. */
  readonly rssBytes: () => number;
  readonly clock: Clock;
}

/** Closes gates while the process comes near its memory limit; pages first, which take most. */
export function guardMemory(gates: ServerGates, { limitBytes, rssBytes, clock }: GuardedMemory): Cancel {
  const { page, request, stream } = gates.lines;
  let isPagesShut = false;
  let isAllShut = false;
  let cancel: Cancel = () => {};
  const look = () => {
    const share = rssBytes() / limitBytes;
    isPagesShut = share >= pagesShare - (isPagesShut ? backShare : 0);
    isAllShut = share >= allShare - (isAllShut ? backShare : 0);
    page.squeeze(isPagesShut);
    for (const line of [request, stream]) line.squeeze(isAllShut);
    cancel = clock.setTimer(watchMs, look);
  };
  look();
  return () => cancel();
}
