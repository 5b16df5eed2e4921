import { type ErrorContext, type ErrorKind, KvError } from '../core/errors.js';
import type { LayerRange } from '../core/layerRange.js';

/** KV that a sequence has lost on the way. */
export interface LostKv {
  /** Of the worker that is gone or whose KV is; null where the error names none. */
  readonly layers: LayerRange | null;
  /** Tokens behind those that are still usable, at most: blocks among them may be found where they were. */
  readonly tokens: number;
}

/**
 * - `lost`: KV is gone and is computed again;
 * - `away`: a worker is gone or another serves in its place, which takes time to be known;
 * - `final`: nothing can be done.
 */
export type Outlook = 'lost' | 'away' | 'final';

const outlooks: ReadonlyMap<ErrorKind, Outlook> = new Map([
  ['lost', 'lost'],
  ['corrupt', 'lost'],
  ['stale', 'away'],
  ['unavailable', 'away'],
  ['timedOut', 'away'],
]);

/**
 * @param isAway whether a worker was lost and the sequence has not got on since: another one that took over may
 * have no room yet.
 * @param isAsked whether the caller has given up.
 */
export function outlookOf({ kind, context }: KvError, isAway: boolean, isAsked: boolean): Outlook {
  if (isAsked) return 'final';
  if (kind === 'exhausted' && isAway) return 'away';
  // A stage that was stopped cancels its calls; a client that was closed names no worker.
  if (kind === 'cancelled' && context.worker !== undefined) return 'away';
  return outlooks.get(kind) ?? 'final';
}

/** The layers of the worker that an error names. */
export function layersIn({ fromLayer, toLayer, layersFrom, layersTo }: ErrorContext): LayerRange | null {
  const [from, to] = [fromLayer ?? layersFrom, toLayer ?? layersTo];
  return typeof from === 'number' && typeof to === 'number' ? { from, to } : null;
}

/** How a wait that was too long ends. */
export function gaveUp(cause: KvError, waitedMs: number): KvError {
  const seconds = Math.round(waitedMs / 1000);
  return new KvError(cause.kind, `${cause.message}; no other worker took over within ${seconds} s`, {
    context: cause.context,
    cause,
  });
}
