import { KvError } from '../core/errors.js';
import { unidentified } from '../core/identity.js';
import type { Binding, CallOptions, Message, Network, NetworkServer, Peer } from '../core/ports/network.js';
import { codecOf, type Endpoint } from '../rpc/codec.js';
import { formatHostPort, parseHostPort } from '../rpc/hostPort.js';
import { type CallCodec, SimulatedCall } from './simulatedCall.js';
import type { SimulatedClock } from './simulatedClock.js';
import { SimulatedPeer } from './simulatedPeer.js';
import type { SimulatedRandom } from './simulatedRandom.js';
import { type WireFaultOptions, WireFaults } from './wireFaults.js';

/** Hears each request that was answered well, with its message as it arrived. */
export type AnswerListener = (path: string, question: unknown, answer: unknown) => void;

export interface SimulatedNetworkOptions extends WireFaultOptions {
  readonly onAnswer?: AnswerListener;
  /** How a message changes on its way; by default it is encoded and decoded as on the real network. */
  readonly codecOf?: (endpoint: Endpoint<Message, Message>) => CallCodec;
}

/** One server that listens. */
interface Listener {
  readonly machine: string;
  readonly bindings: ReadonlyMap<string, Binding>;
  readonly calls: Set<OpenCall>;
}

/** A machine from one start to its end. */
interface Life {
  readonly machine: string;
}

interface OpenCall {
  readonly from: string;
  readonly to: string;
  readonly call: SimulatedCall;
  isBroken: boolean;
}

const firstFreePort = 40_000;
/** How often what is sent over a way that is cut is sent again. */
const resendMs = 50;

/**
 * A network in one process, on simulated time. Every machine gets its own `Network`; between any two the
 * wire can be cut and mended. Messages of one call keep their order, whatever their delays.
 */
export class SimulatedNetwork {
  readonly #clock: SimulatedClock;
  /** What goes wrong between machines. */
  readonly wire: WireFaults;
  readonly #codecOf: NonNullable<SimulatedNetworkOptions['codecOf']>;
  readonly #onAnswer: AnswerListener;
  readonly #listeners = new Map<string, Listener>();
  readonly #open = new Set<OpenCall>();
  /** Each life of a machine that ended: nothing of it is ever heard of again. */
  readonly #ended = new WeakSet<Life>();
  readonly #lives = new Map<string, Life>();
  #nextPort = firstFreePort;
  #requests = 0;

  constructor(clock: SimulatedClock, random: SimulatedRandom, options: SimulatedNetworkOptions = {}) {
    this.#clock = clock;
    this.wire = new WireFaults(random, options);
    this.#codecOf = options.codecOf ?? wireCodec;
    this.#onAnswer = options.onAnswer ?? (() => {});
  }

  /** The network as one machine sees it, until it is killed. */
  machine(name: string): Network {
    const life = this.#lives.get(name) ?? { machine: name };
    this.#lives.set(name, life);
    return {
      dial: (address): Peer => new SimulatedPeer(address, (...call) => this.#call(life, address, ...call)),
      serve: async (address, bindings) => this.#serve(life, address, bindings),
    };
  }

  /** Cuts the wire between two machines: calls between them end as `unavailable`, new ones fail so. */
  partition(a: string, b: string): void {
    this.wire.cut(a, b);
    this.wire.cut(b, a);
    this.#breakCalls(
      ({ from, to }) => (from === a && to === b) || (from === b && to === a),
      `the way from ${a} to ${b} is cut`,
    );
  }

  /** Nothing that `from` sends arrives; who hears nothing of the other for too long gives up the connection. */
  cutOneWay(from: string, to: string): void {
    this.wire.cut(from, to);
    for (const open of this.#open) {
      const isBetween = (open.from === from && open.to === to) || (open.from === to && open.to === from);
      if (isBetween) this.#breakLater(open, `${to} does not hear ${from}`);
    }
  }

  heal(a: string, b: string): void {
    this.wire.mend(a, b);
    this.wire.mend(b, a);
  }

  /** The machine stops at once: its servers are gone, its calls break. The name may begin another life. */
  kill(machine: string): void {
    const life = this.#lives.get(machine);
    if (life !== undefined) this.#ended.add(life);
    this.#lives.delete(machine);
    for (const [address, listener] of this.#listeners) {
      if (listener.machine === machine) this.#listeners.delete(address);
    }
    for (const open of [...this.#open]) {
      if (open.from !== machine && open.to !== machine) continue;
      open.isBroken = true;
      // Nobody is left on the other side to hear of it.
      open.call.leave(open.from === machine ? 'client' : 'server');
      open.call.cut(new KvError('unavailable', `${machine} is gone`));
    }
  }

  #serve(life: Life, address: string, bindings: readonly Binding[]): NetworkServer {
    if (this.#ended.has(life)) throw new KvError('unavailable', `${life.machine} is gone`);
    const { machine } = life;
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
    life: Life,
    address: string,
    endpoint: Endpoint<Message, Message>,
    options: CallOptions,
    onOver: () => void,
  ): SimulatedCall {
    this.#requests += 1;
    const from = life.machine;
    const context = {
      identity: unidentified,
      tenant: options.tenant ?? 'default',
      requestId: options.requestId ?? `${from}-${this.#requests}`,
      peer: from,
    };
    const listener = this.#listeners.get(address);
    const to = listener?.machine ?? address;
    const arrivesMs = { there: 0, back: 0 };
    const underWay: Record<'there' | 'back', (() => void)[]> = { there: [], back: [] };
    const call = new SimulatedCall(
      this.#codecOf(endpoint),
      {
        send: (direction, arrive) => {
          const [sender, receiver] = direction === 'there' ? [from, to] : [to, from];
          const nowMs = this.#clock.monotonicMs();
          arrivesMs[direction] = Math.max(arrivesMs[direction], nowMs + this.wire.drawDelayMs());
          const line = underWay[direction];
          line.push(arrive);
          // Due times are rounded: what two timers that are due at once stand for is taken in its order. What is sent
          // while the way is cut arrives when it is mended, as TCP has it, unless the call is broken by then.
          const deliver = (): void => {
            if (open.isBroken) return;
            if (this.wire.isCut(sender, receiver)) this.#clock.setTimer(resendMs, deliver);
            else line.shift()?.();
          };
          this.#clock.setTimer(arrivesMs[direction] - nowMs, deliver);
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
    const open: OpenCall = { from, to, call, isBroken: false };
    this.#open.add(open);
    if (listener === undefined || this.#ended.has(life) || this.wire.isCut(from, to)) {
      this.#clock.setTimer(this.wire.drawDelayMs(), () => this.#break(open, `${address} cannot be reached`));
      return call;
    }
    listener.calls.add(open);
    const path = pathOf(endpoint);
    this.#clock.setTimer(this.wire.drawDelayMs(), () => {
      if (!open.isBroken) void this.#answer(open, listener.bindings.get(path), path);
    });
    if (this.wire.isCut(to, from)) this.#breakLater(open, `${to} does not answer`);
    return call;
  }

  /** Runs the handler of one call. */
  async #answer(open: OpenCall, binding: Binding | undefined, path: string): Promise<void> {
    const { call } = open;
    try {
      if (binding === undefined) throw new KvError('unsupported', `the server has no ${path}`);
      if (isRequest(binding)) {
        const first = await call.server[Symbol.asyncIterator]().next();
        if (first.done !== true) {
          this.#repeat(binding, first.value, open);
          // The codec of the endpoint that the handler was bound to has read the message.
          const answer = await binding.handle(first.value as never, call.context);
          this.#onAnswer(path, first.value, answer);
          await call.server.send(answer);
        }
      } else if (isStream(binding)) {
        await binding.handle(call.server as never, call.context);
      }
      call.settle();
    } catch (thrown) {
      call.settle(KvError.from(thrown));
    }
  }

  /** A request that arrives twice, as when its caller has lost the answer and asks again. */
  #repeat(binding: RequestBinding, message: unknown, { from, to, call: { context } }: OpenCall): void {
    if (!this.wire.drawsRepeat()) return;
    const life = this.#lives.get(to);
    this.#clock.setTimer(this.wire.drawDelayMs(), () => {
      if (this.#lives.get(to) !== life || this.wire.isCut(from, to)) return;
      binding.handle(message as never, context).catch(() => {}); // nobody waits for it
    });
  }

  /** When pings went unanswered for long enough, if they still do. */
  #breakLater(open: OpenCall, reason: string): void {
    this.#clock.setTimer(this.wire.silenceMs, () => {
      const { from, to, isBroken } = open;
      if (!isBroken && (this.wire.isCut(from, to) || this.wire.isCut(to, from))) this.#break(open, reason);
    });
  }

  #breakCalls(isMeant: (open: OpenCall) => boolean, reason: string): void {
    for (const open of [...this.#open]) if (isMeant(open)) this.#break(open, reason);
  }

  #break(open: OpenCall, reason: string): void {
    open.isBroken = true;
    open.call.cut(new KvError('unavailable', reason));
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
