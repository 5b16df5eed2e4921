import type { HandleQueues } from './handleQueues.js';
import type { Eviction } from './policy.js';

const none: Eviction = { kind: 'none' };

/**
 * Takes the one victim that is next, out of whatever it is in; a negative number, and nothing changed, when
 * every handle is protected.
 */
export type TakeVictim = (isProtected: (handle: number) => boolean) => number;

/** Evicts `count` handles one after the other, for policies whose order changes with each victim; all or none. */
export function evictInTurn(
  queues: HandleQueues,
  take: TakeVictim,
  count: number,
  isProtected: (handle: number) => boolean,
): Eviction {
  if (count === 1) {
    const handle = take(isProtected);
    return handle < 0 ? none : { kind: 'victims', handles: [handle] };
  }
  if (!queues.hasUnprotected(count, isProtected)) return none;
  return { kind: 'victims', handles: Array.from({ length: count }, () => take(isProtected)) };
}
