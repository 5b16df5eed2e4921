import type { ErrorKind } from '../core/errors.js';

/** What may be otherwise a moment later for a worker that joins. */
export const worthWaiting: ReadonlySet<ErrorKind> = new Set(['unavailable', 'timedOut', 'exhausted']);

/** What may be otherwise after joining again. */
export const passing: ReadonlySet<ErrorKind> = new Set([
  'unavailable',
  'timedOut',
  'exhausted',
  'notFound',
  'stale',
]);

/** The coordinator has taken the worker for lost, or knows a later registration of it. */
export const takenForLost: ReadonlySet<ErrorKind> = new Set(['notFound', 'stale']);
