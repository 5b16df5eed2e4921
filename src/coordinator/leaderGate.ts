import { KvError } from '../core/errors.js';
import {
  type Binding,
  type CallContext,
  type Duplex,
  type Network,
  type NetworkServer,
  onRequest,
  onStream,
} from '../core/ports/network.js';
import { coordinatorEndpoints } from '../rpc/endpoints.js';

type AnyHandle = (input: unknown, call: CallContext) => Promise<unknown>;

export interface LeaderGateParts {
  /** Whether the term may still answer, by the clock, now. */
  holds(fence: number): boolean;
  /** host:port of who leads, as far as is known; empty where nobody is. */
  leader(): string;
  /** A call was refused that the leader of a term that is over could have answered. */
  refused(): void;
}

/** A leader's time, and what it serves meanwhile. */
interface Term {
  readonly fence: number;
  readonly handlers: ReadonlyMap<string, AnyHandle>;
  /** Rejects when it is over. */
  readonly over: Promise<never>;
  end(): void;
}

/**
 * What stands between the port of a coordinator that may lead and the one that does: calls reach it only while it
 * leads, and are answered only then. All others are told whom to ask.
 */
export class LeaderGate {
  private term: Term | null = null;
  private hasLed = false;

  constructor(private readonly parts: LeaderGateParts) {}

  get isOpen(): boolean {
    return this.term !== null;
  }

  /** For the network to serve, all the time. */
  bindings(): Binding[] {
    return Object.values(coordinatorEndpoints).map((endpoint): Binding => {
      const { name } = endpoint;
      if (endpoint.kind === 'request') {
        return onRequest<never, never>(endpoint as never, (message, call) => this.pass(name, message, call));
      }
      return onStream<never, never>(endpoint as never, async (stream, call) => {
        await this.passStream(name, stream, call);
      });
    });
  }

  /** The network as the coordinator of one term sees it: what it serves is served through this gate. */
  network(fence: number, outside: Network): Network {
    return {
      dial: (address) => outside.dial(address),
      serve: async (address, bindings) => this.open(fence, address, bindings),
    };
  }

  /** Ends the term: calls under way fail, streams too. */
  close(fence: number): void {
    if (this.term?.fence === fence) this.term.end();
  }

  /** What a call is told that cannot be answered here. */
  elsewhere(): KvError {
    const leader = this.parts.leader();
    const message =
      leader === '' ? 'no coordinator leads yet' : `this coordinator does not lead: ask ${leader}`;
    return new KvError('unavailable', message, { context: { leader } });
  }

  private open(fence: number, address: string, bindings: readonly Binding[]): NetworkServer {
    const handlers = new Map<string, AnyHandle>();
    for (const { endpoint, handle } of bindings) handlers.set(endpoint.name, handle as AnyHandle);
    let reject = (_error: KvError) => {};
    const over = new Promise<never>((_, onOver) => {
      reject = onOver;
    });
    over.catch(() => {}); // there may be no call
    const term: Term = {
      fence,
      handlers,
      over,
      end: () => {
        if (this.term === term) this.term = null;
        reject(this.elsewhere());
      },
    };
    this.term = term;
    this.hasLed = true;
    return { address, close: async () => term.end() };
  }

  private async pass(name: string, input: unknown, call: CallContext): Promise<never> {
    const term = this.current();
    const handle = term.handlers.get(name);
    if (handle === undefined) throw new KvError('internal', `the coordinator does not serve ${name}`);
    const answered = handle(input, call).catch((thrown: unknown) => {
      // A write that was refused, or that nobody may count on: the next leader knows better.
      throw this.parts.holds(term.fence) ? thrown : this.refusal();
    });
    const answer = await Promise.race([answered, term.over]);
    if (!this.parts.holds(term.fence)) throw this.refusal();
    return answer as never; // the binding's own endpoint names its type
  }

  private async passStream(name: string, stream: Duplex<never, never>, call: CallContext): Promise<void> {
    const term = this.current();
    const end = term.over.catch((thrown: unknown) => stream.fail(thrown));
    await Promise.race([this.pass(name, stream, call), end]);
  }

  private current(): Term {
    const { term } = this;
    if (term === null || !this.parts.holds(term.fence)) throw this.refusal();
    return term;
  }

  private refusal(): KvError {
    if (this.hasLed) this.parts.refused();
    return this.elsewhere();
  }
}
