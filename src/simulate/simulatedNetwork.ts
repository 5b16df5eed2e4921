import { KvError } from '../core/errors.js';
import type { Binding, CallOptions, Message, Network, NetworkServer, Peer } from '../core/ports/network.js';
import { codecOf, type Endpoint } from '../rpc/codec.js';
import { formatHostPort, parseHostPort } from '../rpc/hostPort.js';
import { type CallCodec, SimulatedCall } from './simulatedCall.js';
import type { SimulatedClock } from './simulatedClock.js';
import { SimulatedPeer } from './simulatedPeer.js';
import type { SimulatedRandom } from './simulatedRandom.js';

export interface SimulatedNetworkOptions {
  /** Bounds of the delay of one message, drawn from the seed. */
  readonly delayMsMin?: number;
  readonly delayMsMax?: number;
  /** How a message changes on its way; by default it is encoded and decoded as on the real network. */
  readonly codecOf?: (endpoint: Endpoint<Message, Message>) => CallCodec;
}

/** One server that listens. */
interface Listener {
  readonly machine: string;
  readonly bindings: ReadonlyMap<string, Binding>;
  readonly calls: Set<OpenCall>;
}

interface OpenCall {
  readonly from: string;
  readonly to: string;
  readonly call: SimulatedCall;
  isBroken: boolean;
}

const firstFreePort = 40_000;

/**
 * A network in one process, on simulated time. Every machine gets its own `Network`; between any two the
 * wire can be cut and mended. Messages of one call keep their order, whatever their delays.
 */
export class SimulatedNetwork {
  readonly #clock: SimulatedClock;
  readonly #random: SimulatedRandom;
  readonly #options: Required<SimulatedNetworkOptions>;
  readonly #listeners = new Map<string, Listener>();
  readonly #open = new Set<OpenCall>();
  readonly #cuts = new Set<string>();
  #nextPort = firstFreePort;
  #requests = 0;

  constructor(clock: SimulatedClock, random: SimulatedRandom, options: SimulatedNetworkOptions = {}) {
    this.#clock = clock;
    this.#random = random;
    this.#options = { delayMsMin: 0.1, delayMsMax: 1, codecOf: wireCodec, ...options };
  }

  /** The network as one machine sees it. */
  machine(name: string): Network {
    return {
      dial: (address): Peer => new SimulatedPeer(address, (...call) => this.#call(name, address, ...call)),
      serve: async (address, bindings) => this.#serve(name, address, bindings),
    };
  }

  /** Cuts the wire between two machines: calls between them end as `unavailable`, new ones fail so. */
  partition(a: string, b: string): void {
    this.#cuts.add(pair(a, b));
    this.#breakCalls((open) => pair(open.from, open.to) === pair(a, b), `the way from ${a} to ${b} is cut`);
  }

  heal(a: string, b: string): void {
    this.#cuts.delete(pair(a, b));
  }

  /** The machine stops at once: its servers are gone, its calls break. */
  kill(machine: string): void {
    for (const [address, listener] of this.#listeners) {
      if (listener.machine === machine) this.#listeners.delete(address);
    }
    this.#breakCalls(({ from, to }) => from === machine || to === machine, `${machine} is gone`);
  }

  #serve(machine: string, address: string, bindings: readonly Binding[]): NetworkServer {
    const asked = parseHostPort(address);
    const bound = formatHostPort({
      host: asked.host,
      port: asked.port === 0 ? this.#nextPort++ : asked.port,
    });
    if (this.#listeners.has(bound)) {
      throw new KvError('conflict', `${bound} is in use by another process; choose another port`, {
        context: { address: bound },
      });
    }
    const byPath = new Map(bindings.map((binding) => [pathOf(binding.endpoint), binding]));
    const listener: Listener = { machine, bindings: byPath, calls: new Set() };
    this.#listeners.set(bound, listener);
    return { address: bound, close: (graceMs) => this.#close(bound, listener, graceMs) };
  }

  async #close(address: string, listener: Listener, graceMs: number): Promise<void> {
    if (this.#listeners.get(address) === listener) this.#listeners.delete(address);
    const untilMs = this.#clock.monotonicMs() + graceMs;
    while (listener.calls.size > 0 && this.#clock.monotonicMs() < untilMs) {
      await this.#clock.sleep(Math.min(1, untilMs - this.#clock.monotonicMs()));
    }
    for (const open of [...listener.calls]) this.#break(open, `${address} was closed`);
  }

  #call(
    from: string,
    address: string,
    endpoint: Endpoint<Message, Message>,
    options: CallOptions,
    onOver: () => void,
  ): SimulatedCall {
    this.#requests += 1;
    const context = {
      tenant: options.tenant ?? 'default',
      requestId: options.requestId ?? `${from}-${this.#requests}`,
      peer: from,
    };
    const listener = this.#listeners.get(address);
    const arrivesMs = { there: 0, back: 0 };
    const call = new SimulatedCall(
      this.#options.codecOf(endpoint),
      {
        send: (direction, arrive) => {
          arrivesMs[direction] = Math.max(
            arrivesMs[direction],
            this.#clock.monotonicMs() + this.#drawDelayMs(),
          );
          this.#clock.setTimer(arrivesMs[direction] - this.#clock.monotonicMs(), () => {
            if (!open.isBroken) arrive();
          });
        },
        setTimer: (delayMs, fire) => this.#clock.setTimer(delayMs, fire),
        done: () => {
          this.#open.delete(open);
          listener?.calls.delete(open);
          onOver();
        },
      },
      context,
      options,
    );
    const open: OpenCall = { from, to: listener?.machine ?? address, call, isBroken: false };
    this.#open.add(open);
    if (listener === undefined || this.#cuts.has(pair(from, listener.machine))) {
      this.#clock.setTimer(this.#drawDelayMs(), () => this.#break(open, `${address} cannot be reached`));
      return call;
    }
    listener.calls.add(open);
    this.#clock.setTimer(this.#drawDelayMs(), () => {
      if (!open.isBroken) void answer(call, listener.bindings.get(pathOf(endpoint)), pathOf(endpoint));
    });
    return call;
  }

  #breakCalls(isMeant: (open: OpenCall) => boolean, reason: string): void {
    for (const open of [...this.#open]) if (isMeant(open)) this.#break(open, reason);
  }

  #break(open: OpenCall, reason: string): void {
    open.isBroken = true;
    open.call.cut(new KvError('unavailable', reason));
  }

  #drawDelayMs(): number {
    const { delayMsMin, delayMsMax } = this.#options;
    return delayMsMin + this.#random.fraction() * (delayMsMax - delayMsMin);
  }
}

/** Runs the handler of one call. */
async function answer(call: SimulatedCall, binding: Binding | undefined, path: string): Promise<void> {
  try {
    if (binding === undefined) throw new KvError('unsupported', `the server has no ${path}`);
    if (isRequest(binding)) {
      const first = await call.server[Symbol.asyncIterator]().next();
      // The codec of the endpoint that the handler was bound to has read the message.
      if (first.done !== true)
        await call.server.send(await binding.handle(first.value as never, call.context));
    } else if (isStream(binding)) {
      await binding.handle(call.server as never, call.context);
    }
    call.settle();
  } catch (thrown) {
    call.settle(KvError.from(thrown));
  }
}

type RequestBinding = Extract<Binding, { readonly endpoint: { readonly kind: 'request' } }>;
type StreamBinding = Extract<Binding, { readonly endpoint: { readonly kind: 'stream' } }>;
const isRequest = (binding: Binding): binding is RequestBinding => binding.endpoint.kind === 'request';
const isStream = (binding: Binding): binding is StreamBinding => binding.endpoint.kind === 'stream';

function wireCodec(endpoint: Endpoint<Message, Message>): CallCodec {
  const codec = codecOf(endpoint);
  return {
    question: (message) => codec.decodeQuestion(codec.encodeQuestion(message)),
    answer: (message) => codec.decodeAnswer(codec.encodeAnswer(message)),
  };
}

function pathOf({ service, name }: Endpoint<Message, Message>): string {
  return `/${service}/${name}`;
}

function pair(a: string, b: string): string {
  return a < b ? `${a}|${b}` : `${b}|${a}`;
}
