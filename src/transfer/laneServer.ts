import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { KvError } from '../core/errors.js';
import type { Identity } from '../core/identity.js';
import type { LayerRange } from '../core/layerRange.js';
import type { Clock } from '../core/ports/clock.js';
import { formatHostPort } from '../rpc/hostPort.js';
import { encodeHeader } from './laneFrame.js';
import type { LaneKind } from './laneKind.js';
import type { LaneLimits } from './laneLimits.js';
import { laneOps } from './laneOps.js';
import { encodeLaneError } from './lanePayloads.js';
import { LaneTickets, type TicketHolder, ticketBytes } from './laneTickets.js';
import type { PageHost } from './pageHost.js';
import { pageOps } from './pageOps.js';
import { type LaneOpTable, ServedLane } from './servedLane.js';
import { createTlsLanes, type LaneServerTls } from './tlsLanes.js';

/** How often connections are looked at for being stuck. */
const watchMs = 500;

/** More to ask over a lane of this host, and the kind of lane that it makes of one. */
export interface LaneExtension {
  readonly kind: LaneKind;
  readonly ops: LaneOpTable;
}

/** Told about connections, for logs and metrics. */
export interface LaneObserver {
  opened?(peer: string, kind: LaneKind): void;
  /** A hello with a ticket that was guessed, used before, or given to somebody else. */
  ticketRefused?(peer: string, presenter: Identity | null, message: string): void;
  /** Also of connections that never said a good hello; their peer is empty. */
  closed?(lane: ServedLaneFigures, cause: KvError): void;
}

export interface LaneServerOptions {
  readonly host: PageHost;
  /** The pages as a tenant may see them; all of `host` without it. */
  readonly hostOf?: (tenant: string) => PageHost;
  /** Bytes of K, and of V. */
  readonly halfBytes: number;
  /** Those whose pages may be asked for and given; a frame about another one is a bad frame. */
  readonly layers: LayerRange;
  readonly clock: Clock;
  readonly limits: LaneLimits;
  readonly listen: {
    /** The address that the worker's RPCs are served on; null: no TCP. */
    readonly tcpHost: string | null;
    /** A unix socket without a file, for this host. */
    readonly unix: boolean;
    /** Encrypts TCP and asks for certificates; null: in the clear. */
    readonly tls?: LaneServerTls | null;
  };
  readonly extensions?: readonly LaneExtension[];
  readonly observer?: LaneObserver;
  /** Whether payloads land where they belong without a copy; that is the default. */
  readonly direct?: boolean;
}

export interface LaneOffer {
  readonly kind: LaneKind;
  readonly address: string;
}

export interface IssuedTicket {
  readonly ticket: Uint8Array;
  readonly ticketMs: number;
  /** Best first. */
  readonly offers: readonly LaneOffer[];
}

/** One connection that is open, and what it moved. */
export interface ServedLaneFigures {
  readonly peer: string;
  readonly kind: LaneKind;
  readonly outPages: number;
  readonly outBytes: number;
  readonly inPages: number;
  readonly inBytes: number;
  readonly lentSlots: number;
}

/** Serves the pages of one worker over sockets, to whoever brings a ticket. */
export class LaneServer {
  readonly #options: LaneServerOptions;
  readonly #ops: LaneOpTable;
  readonly #tickets: LaneTickets;
  readonly #lanes = new Set<ServedLane>();
  readonly #servers: Server[] = [];
  #tcpAddress: string | null = null;
  #unixAddress: string | null = null;
  #stopWatch = (): void => {};

  private constructor(options: LaneServerOptions) {
    this.#options = options;
    this.#tickets = new LaneTickets(options.limits);
    this.#ops = new Map([...pageOps, ...(options.extensions ?? []).flatMap(({ ops }) => [...ops])]);
  }

  /** @throws KvError `invalid` when it may not listen there. */
  static async start(options: LaneServerOptions): Promise<LaneServer> {
    const own = new LaneServer(options);
    try {
      await own.#listen();
    } catch (thrown) {
      await own.close();
      throw thrown;
    }
    own.#watch();
    return own;
  }

  /** A ticket for one connection. @throws KvError `exhausted` when too many are out. */
  issue({ sameHost, ...holder }: TicketHolder & { readonly sameHost: boolean }): IssuedTicket {
    const { clock, limits } = this.#options;
    const ticket = randomBytes(ticketBytes);
    if (this.#tickets.issue(ticket, holder, clock.monotonicMs()) === 'full') {
      throw new KvError('exhausted', `${limits.ticketsMax} tickets for lanes are out; try again later`);
    }
    return { ticket, ticketMs: limits.ticketMs, offers: this.#offers(sameHost) };
  }

  figures(): readonly ServedLaneFigures[] {
    return [...this.#lanes].flatMap(({ holder, kind, figures }) =>
      holder === null ? [] : [{ peer: holder.name, kind, ...figures }],
    );
  }

  /** Cuts all connections. */
  async close(): Promise<void> {
    this.#stopWatch();
    const closing = this.#servers
      .splice(0)
      .map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const lane of this.#lanes) lane.close();
    await Promise.all(closing);
  }

  #offers(sameHost: boolean): readonly LaneOffer[] {
    const offers: LaneOffer[] = [];
    const unix = sameHost ? this.#unixAddress : null;
    if (unix !== null) {
      for (const { kind } of this.#options.extensions ?? []) offers.push({ kind, address: unix });
      offers.push({ kind: 'unix', address: unix });
    }
    if (this.#tcpAddress !== null) offers.push({ kind: 'tcp', address: this.#tcpAddress });
    return offers;
  }

  async #listen(): Promise<void> {
    const { tcpHost, unix } = this.#options.listen;
    if (tcpHost !== null) {
      const server = await this.#serve('tcp', { host: tcpHost, port: 0 }, tcpHost);
      const address = server.address();
      if (typeof address !== 'object' || address === null)
        throw new KvError('internal', 'a TCP server has no port');
      this.#tcpAddress = formatHostPort({ host: tcpHost, port: address.port });
    }
    if (unix) {
      const name = `kvtide-${randomBytes(16).toString('hex')}`;
      await this.#serve('unix', { path: `\0${name}` }, `@${name}`);
      this.#unixAddress = `@${name}`;
    }
  }

  #serve(
    kind: LaneKind,
    where: { host: string; port: number } | { path: string },
    name: string,
  ): Promise<Server> {
    const { tls } = this.#options.listen;
    const server =
      kind === 'tcp' && tls
        ? createTlsLanes(tls, (socket, presenter) => this.#accept(socket, kind, presenter))
        : createServer({ pauseOnConnect: true }, (socket) => this.#accept(socket, kind, null));
    return new Promise((resolve, reject) => {
      server.once('error', (cause) =>
        reject(new KvError('invalid', `cannot listen for lanes on ${name}: ${cause.message}`, { cause })),
      );
      server.listen(where, () => {
        server.on('error', () => {}); // a connection that could not be accepted; the peer tries again
        this.#servers.push(server);
        resolve(server);
      });
    });
  }

  /** Why one more connection is not taken; null when it is. */
  #refusal(): KvError | null {
    const { connectionsMax, strangersMax } = this.#options.limits;
    if (this.#lanes.size >= connectionsMax) {
      return new KvError('exhausted', `${connectionsMax} lanes are open here; try again later`);
    }
    let strangers = 0;
    for (const { holder } of this.#lanes) if (holder === null) strangers += 1;
    if (strangers < strangersMax) return null;
    return new KvError('exhausted', `${strangers} connections have not said hello yet; try again later`);
  }

  #accept(socket: Socket, kind: LaneKind, presenter: Identity | null): void {
    const refusal = this.#refusal();
    if (refusal !== null) {
      refuse(socket, refusal);
      return;
    }
    const { host, hostOf, halfBytes, layers, clock, limits, observer, direct = true } = this.#options;
    // What TLS has decrypted is copied to its place.
    const lane = new ServedLane(socket, kind, direct && presenter === null, {
      host,
      ...(hostOf === undefined ? {} : { hostOf }),
      halfBytes,
      layers,
      clock,
      limits,
      tickets: this.#tickets,
      presenter,
      ticketRefused: (peer, message) => observer?.ticketRefused?.(peer, presenter, message),
      ops: this.#ops,
      opened: ({ holder, kind: at }) => observer?.opened?.(holder?.name ?? '', at),
      closed: (gone, cause) => {
        this.#lanes.delete(gone);
        observer?.closed?.({ peer: gone.holder?.name ?? '', kind: gone.kind, ...gone.figures }, cause);
      },
    });
    this.#lanes.add(lane);
  }

  #watch(): void {
    const { clock } = this.#options;
    this.#stopWatch = clock.setTimer(watchMs, () => {
      for (const lane of this.#lanes) lane.watch(clock.monotonicMs());
      this.#watch();
    });
  }
}

/** Nothing is kept of it: what the kernel does not take at once is not said. */
function refuse(socket: Socket, error: KvError): void {
  const text = encodeLaneError(error);
  socket.on('error', () => {}); // it is closed in any case
  socket.write(Buffer.concat([encodeHeader({ op: laneOps.error, payloadBytes: text.length }), text]));
  socket.destroy();
}
