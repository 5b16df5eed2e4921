import { KvError } from '../core/errors.js';
import type {
  CallOptions,
  Duplex,
  Message,
  Peer,
  RequestEndpoint,
  StreamEndpoint,
} from '../core/ports/network.js';
import type { Endpoint } from '../rpc/codec.js';
import type { SimulatedCall } from './simulatedCall.js';

export type StartCall = (
  endpoint: Endpoint<Message, Message>,
  options: CallOptions,
  onOver: () => void,
) => SimulatedCall;

/** The calling side of a simulated connection. */
export class SimulatedPeer implements Peer {
  readonly address: string;
  readonly #start: StartCall;
  readonly #calls = new Set<SimulatedCall>();
  #isClosed = false;

  constructor(address: string, start: StartCall) {
    this.address = address;
    this.#start = start;
  }

  async request<Q extends Message, R extends Message>(
    endpoint: RequestEndpoint<Q, R>,
    message: Q['write'],
    options: CallOptions = {},
  ): Promise<R['read']> {
    const call = this.#open(endpoint, options);
    await call.client.send(message);
    call.client.end();
    const answer = await call.client[Symbol.asyncIterator]().next();
    if (answer.done === true)
      throw new KvError('internal', `${this.address} has ended the call without an answer`);
    return answer.value;
  }

  stream<Q extends Message, R extends Message>(
    endpoint: StreamEndpoint<Q, R>,
    options: CallOptions = {},
  ): Duplex<R['read'], Q['write']> {
    return this.#open(endpoint, options).client;
  }

  close(): void {
    this.#isClosed = true;
    for (const call of this.#calls) call.cancel(this.#closedError());
    this.#calls.clear();
  }

  #open<Q extends Message, R extends Message>(endpoint: Endpoint<Q, R>, options: CallOptions): SimulatedCall {
    if (this.#isClosed) throw this.#closedError();
    if (options.signal?.aborted) throw KvError.from(options.signal.reason, 'cancelled');
    const { kind, service, name } = endpoint;
    const call = this.#start({ kind, service, name }, options, () => this.#calls.delete(call));
    this.#calls.add(call);
    return call;
  }

  #closedError(): KvError {
    return new KvError('cancelled', `the connection to ${this.address} was closed`);
  }
}
