import type { GateLimits } from '../core/callGate.js';

/** Classes of calls that have bounds of their own. Pages are gated one by one, not by their streams. */
export const gatedClasses = ['request', 'stream', 'page'] as const;
export type GatedClass = (typeof gatedClasses)[number];

/** A caller who is asked to come again is asked for no less and no more than this. */
const retry = { retryMsMin: 20, retryMsMax: 5_000, returnSpacingMs: 5 };

/** What a server takes on at once; each default stands here. */
export const defaultGateLimits: Readonly<Record<GatedClass, GateLimits>> = {
  request: {
    runningMax: 128,
    waitingMax: 256,
    waitingPerClientMax: 64,
    waitMsMax: 1_000,
    ...retry,
  },
  // Streams live long: a line in front of them would not move.
  stream: {
    runningMax: 2_048,
    waitingMax: 0,
    waitingPerClientMax: 0,
    waitMsMax: 1_000,
    ...retry,
  },
  // Short, so that a page which is taken on is answered soon.
  page: {
    runningMax: 8,
    waitingMax: 8,
    waitingPerClientMax: 8,
    waitMsMax: 250,
    ...retry,
  },
};

/** Connections to one server; those beyond are closed at once. */
export const connectionsMax = 2_048;

/** Calls open on one connection; HTTP/2 makes the peer hold back the rest. */
export const callsPerConnectionMax = 2_048;

/** What all connections to one server may have received and not read; see serverWindows.ts. */
export const receiveWindowsBytesMax = 128 * 2 ** 20;
