import { KvError } from '../core/errors.js';
import type { Clock } from '../core/ports/clock.js';
import type {
  CallOptions,
  Duplex,
  Message,
  Peer,
  RequestEndpoint,
  StreamEndpoint,
} from '../core/ports/network.js';
import { coordinatorEndpoints } from './endpoints.js';
import { ownProtocol } from './protocolCheck.js';

export interface LeaderPeerLimits {
  /** How long a call that finds no leader goes on looking for one, if its own time is not up before. */
  readonly patienceMs: number;
  /** Pause before the addresses are tried again, all of which said no. */
  readonly roundPauseMs: number;
  /** A call that is under way for so long asks the other coordinators whether they know of another leader. */
  readonly doubtAfterMs: number;
  /** How long one of them is waited for. */
  readonly askTimeoutMs: number;
}

const defaultLeaderPeerLimits: LeaderPeerLimits = {
  patienceMs: 10_000,
  roundPauseMs: 50,
  doubtAfterMs: 300,
  askTimeoutMs: 300,
};

export interface LeaderPeerParts {
  /** host:port of coordinators, at least one. */
  readonly addresses: readonly string[];
  /** The connection to one address, kept by whoever gives it. */
  readonly at: (address: string) => Peer;
  readonly timing: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  readonly limits?: LeaderPeerLimits;
  /** Closes the connections. */
  readonly close?: () => void;
}

/**
 * The coordinator that leads, of those at several addresses. A request that finds another one is sent to whom that
 * names, or to the next address, until its time is up: it may arrive twice where a leader died with it, which no
 * call of coordinators minds (a sequence that nobody heard of is released when it stays idle). A leader that hangs
 * is left as soon as the others know of a new one. With one address that names no other, it is that one's peer.
 */
export class LeaderPeer implements Peer {
  readonly #parts: LeaderPeerParts;
  readonly #limits: LeaderPeerLimits;
  readonly #addresses: string[];
  #current: string;

  constructor(parts: LeaderPeerParts) {
    this.#parts = parts;
    this.#limits = parts.limits ?? defaultLeaderPeerLimits;
    this.#addresses = [...new Set(parts.addresses)];
    const [first] = this.#addresses;
    if (first === undefined) throw new KvError('invalid', 'no address of a coordinator is given');
    this.#current = first;
  }

  get address(): string {
    return this.#current;
  }

  async request<Q extends Message, R extends Message>(
    endpoint: RequestEndpoint<Q, R>,
    message: Q['write'],
    options: CallOptions = {},
  ): Promise<R['read']> {
    const { timing } = this.#parts;
    const endsMs = timing.monotonicMs() + (options.timeoutMs ?? Number.POSITIVE_INFINITY);
    const giveUpMs = Math.min(endsMs, timing.monotonicMs() + this.#limits.patienceMs);
    for (let tries = 1; ; tries += 1) {
      const address = this.#current;
      try {
        return await this.#tryAt(address, endpoint, message, { ...options, ...leftOf(endsMs, timing) });
      } catch (thrown) {
        const error = KvError.from(thrown);
        const isOver = timing.monotonicMs() >= giveUpMs || options.signal?.aborted === true;
        if (!this.#leave(address, error) || isOver) throw error;
      }
      if (tries % this.#addresses.length === 0) await this.#pause(options.signal);
    }
  }

  stream<Q extends Message, R extends Message>(
    endpoint: StreamEndpoint<Q, R>,
    options: CallOptions = {},
  ): Duplex<R['read'], Q['write']> {
    return this.#parts.at(this.#current).stream(endpoint, options);
  }

  close(): void {
    this.#parts.close?.();
  }

  /** @returns whether the call may go well elsewhere. */
  #leave(address: string, { kind, context }: KvError): boolean {
    const { leader } = context;
    const isNamed = typeof leader === 'string';
    if (kind === 'timedOut') {
      // It has used up the time of its call; the next one begins elsewhere.
      if (this.#current === address) this.#current = this.#after(address);
      return false;
    }
    if (kind !== 'unavailable' || !(isNamed || this.#addresses.length > 1)) return false;
    // A cluster that is not whole says so: there is no better one.
    if (!isNamed && context.address === undefined && context.hung === undefined) return false;
    if (this.#current !== address) return true;
    if (isNamed && leader !== '' && leader !== address) this.#goTo(leader);
    else this.#current = this.#after(address);
    return true;
  }

  #goTo(leader: string): void {
    if (!this.#addresses.includes(leader)) this.#addresses.push(leader);
    this.#current = leader;
  }

  #after(address: string): string {
    const at = this.#addresses.indexOf(address);
    return this.#addresses[(at + 1) % this.#addresses.length] ?? address;
  }

  async #tryAt<Q extends Message, R extends Message>(
    address: string,
    endpoint: RequestEndpoint<Q, R>,
    message: Q['write'],
    options: CallOptions,
  ): Promise<R['read']> {
    const peer = this.#parts.at(address);
    if (this.#addresses.length === 1) return peer.request(endpoint, message, options);
    const hung = new AbortController();
    const signals = [hung.signal, ...(options.signal === undefined ? [] : [options.signal])];
    const stopDoubting = this.#doubt(address, (leader) => {
      const context = { leader, hung: true };
      hung.abort(new KvError('unavailable', `${address} no longer leads: ${leader} does`, { context }));
    });
    try {
      return await peer.request(endpoint, message, { ...options, signal: AbortSignal.any(signals) });
    } finally {
      stopDoubting();
    }
  }

  /** Asks the others again and again while a call is under way. */
  #doubt(address: string, onOther: (leader: string) => void): () => void {
    const { timing } = this.#parts;
    let cancel = () => {};
    let isStopped = false;
    const again = () => {
      cancel = timing.setTimer(this.#limits.doubtAfterMs, () => {
        void this.#otherLeader(address).then((leader) => {
          if (isStopped) return;
          if (leader === null) again();
          else onOther(leader);
        });
      });
    };
    again();
    return () => {
      isStopped = true;
      cancel();
    };
  }

  /** Who leads, where it is not `address`, by what the others say. */
  async #otherLeader(address: string): Promise<string | null> {
    const others = this.#addresses.filter((other) => other !== address);
    const said = await Promise.all(others.map((other) => this.#leaderBy(other)));
    return said.find((leader) => leader !== null && leader !== address) ?? null;
  }

  async #leaderBy(other: string): Promise<string | null> {
    const options = { timeoutMs: this.#limits.askTimeoutMs };
    try {
      await this.#parts
        .at(other)
        .request(coordinatorEndpoints.describe, { protocol: ownProtocol() }, options);
      return other;
    } catch (thrown) {
      const { leader } = KvError.from(thrown).context;
      return typeof leader === 'string' && leader !== '' ? leader : null;
    }
  }

  async #pause(signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = () => {
        cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#parts.timing.setTimer(this.#limits.roundPauseMs, done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }
}

function leftOf(endsMs: number, clock: Pick<Clock, 'monotonicMs'>): { timeoutMs?: number } {
  return endsMs === Number.POSITIVE_INFINITY ? {} : { timeoutMs: Math.max(1, endsMs - clock.monotonicMs()) };
}
