import { randomUUID } from 'node:crypto';
import { KvError } from '../core/errors.js';
import type { CallOptions, Message, Peer, RequestEndpoint } from '../core/ports/network.js';
import { backoffMs } from './backoff.js';
import { type CallScope, Deadline, pauseFor } from './callScope.js';
import type { ClientLimits } from './clientLimits.js';
import type { Patience } from './patience.js';
import type { Timing } from './timing.js';

/** What every request of a client carries, and what bounds it. */
export interface CallDefaults {
  readonly tenant: string;
  readonly deadlineMs: number;
  readonly limits: ClientLimits;
  readonly timing: Timing;
}

/** Requests to one peer with the client's tenant, a deadline and an id of their own. */
export class PeerCalls {
  readonly #peer: Peer;
  readonly #defaults: CallDefaults;

  constructor(peer: Peer, defaults: CallDefaults) {
    this.#peer = peer;
    this.#defaults = defaults;
  }

  /** For whoever has to wait for a worker. */
  get patience(): Patience {
    const { limits, timing } = this.#defaults;
    const bounds = { ...limits, backoffMaxMs: limits.recoverPauseMsMax };
    return {
      mostMs: limits.recoverMsMax,
      nowMs: () => timing.monotonicMs(),
      pause: (attempt, signal) => pauseFor(timing, backoffMs(attempt, timing.fraction(), bounds), signal),
    };
  }

  /** One try. */
  request<Q extends Message, R extends Message>(
    endpoint: RequestEndpoint<Q, R>,
    message: Q['write'],
    { signal, deadlineMs = this.#defaults.deadlineMs }: CallScope = {},
  ): Promise<R['read']> {
    const options = callOptions(this.#defaults, signal);
    return this.#peer.request(endpoint, message, { ...options, timeoutMs: deadlineMs });
  }

  /**
   * Tries again, with growing waits, while the peer cannot be reached, and after the time that a peer with
   * too much to do asks for. Only for what may happen twice without harm.
   */
  async retried<Q extends Message, R extends Message>(
    endpoint: RequestEndpoint<Q, R>,
    message: Q['write'],
    { signal, deadlineMs = this.#defaults.deadlineMs }: CallScope = {},
  ): Promise<R['read']> {
    const { limits, timing } = this.#defaults;
    const deadline = new Deadline(timing, deadlineMs, signal);
    try {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const scope = { signal: deadline.signal, deadlineMs: deadline.leftMs };
          return await this.request(endpoint, message, scope);
        } catch (thrown) {
          const waitMs = waitAfter(KvError.from(thrown), backoffMs(attempt, timing.fraction(), limits));
          if (waitMs === null || attempt >= limits.attemptsMax || waitMs >= deadline.leftMs) throw thrown;
          await deadline.pause(waitMs);
        }
      }
    } finally {
      deadline.dispose();
    }
  }
}

/** How long to wait before another try; null when there is to be none. */
function waitAfter({ kind, context }: KvError, backoff: number): number | null {
  if (kind === 'unavailable') return backoff;
  const { retryAfterMs, admission } = context;
  // A sequence has waited for room already, or was not to wait.
  return kind === 'exhausted' && admission === undefined && typeof retryAfterMs === 'number'
    ? Math.max(retryAfterMs, backoff)
    : null;
}

/** For streams too, which have no deadline. */
export function callOptions({ tenant }: CallDefaults, signal?: AbortSignal): CallOptions {
  return { tenant, requestId: randomUUID(), ...(signal === undefined ? {} : { signal }) };
}
