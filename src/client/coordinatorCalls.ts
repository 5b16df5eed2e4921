import { randomUUID } from 'node:crypto';
import type { CallOptions, Message, Peer, RequestEndpoint } from '../core/ports/network.js';

/** What every request of a client carries. */
export interface CallDefaults {
  readonly tenant: string;
  readonly timeoutMs: number;
}

/** Requests to one peer with the client's tenant, a deadline and an id of their own. */
export class CoordinatorCalls {
  readonly #peer: Peer;
  readonly #defaults: CallDefaults;

  constructor(peer: Peer, defaults: CallDefaults) {
    this.#peer = peer;
    this.#defaults = defaults;
  }

  request<Q extends Message, R extends Message>(
    endpoint: RequestEndpoint<Q, R>,
    message: Q['write'],
  ): Promise<R['read']> {
    return this.#peer.request(endpoint, message, {
      ...callOptions(this.#defaults),
      timeoutMs: this.#defaults.timeoutMs,
    });
  }
}

/** For streams, which have no deadline. */
export function callOptions({ tenant }: CallDefaults): CallOptions {
  return { tenant, requestId: randomUUID() };
}
