import { identityText } from '../core/identity.js';
import type { Clock } from '../core/ports/clock.js';
import type { CallContext } from '../core/ports/network.js';
import { noSecurityObserver, type SecurityObserver } from '../core/ports/securityObserver.js';
import { isSameHost } from '../memory/hostIdentity.js';
import type { LiveCertificates } from '../rpc/certificateSet.js';
import type { OpenLaneRequest__Output } from '../rpc/gen/kvtide/v1/OpenLaneRequest.js';
import type { OpenLaneResponse } from '../rpc/gen/kvtide/v1/OpenLaneResponse.js';
import { isLoopback, parseHostPort } from '../rpc/hostPort.js';
import { checkProtocol } from '../rpc/protocolCheck.js';
import type { LaneKind } from '../transfer/laneKind.js';
import type { LaneLimits } from '../transfer/laneLimits.js';
import { type LaneExtension, type LaneObserver, LaneServer } from '../transfer/laneServer.js';
import type { PageHost } from '../transfer/pageHost.js';
import { LaneTraffic } from './laneTraffic.js';
import type { PageNaming } from './pageNaming.js';

/** What an operator decides about the lanes of a worker. */
export interface WorkerLaneOptions {
  readonly allowed: readonly LaneKind[];
  /** Frames without TLS: where others than this machine can listen they pass only with this. */
  readonly insecureNetwork: boolean;
  readonly limits: LaneLimits;
  /** Encrypts frames over TCP, which then are offered everywhere. */
  readonly certificates?: LiveCertificates;
  readonly security?: SecurityObserver;
}

export interface ServedOverLanes {
  readonly host: PageHost;
  /** The pages as a tenant may see them; all of `host` without it. */
  readonly hostOf?: (tenant: string) => PageHost;
  readonly naming: PageNaming;
  /** Bytes of K, and of V. */
  readonly halfBytes: number;
  /** host:port of the gRPC server. */
  readonly address: string;
  readonly clock: Clock;
  readonly extensions: readonly LaneExtension[];
  readonly observer: LaneObserver;
}

/** The lanes of a worker: gives tickets for the connections that it serves, and counts what all of them move. */
export class WorkerLanes {
  readonly traffic: LaneTraffic;
  readonly #server: LaneServer;
  readonly #naming: PageNaming;
  readonly #allowed: readonly LaneKind[];

  private constructor(
    server: LaneServer,
    traffic: LaneTraffic,
    naming: PageNaming,
    allowed: readonly LaneKind[],
  ) {
    this.#server = server;
    this.traffic = traffic;
    this.#naming = naming;
    this.#allowed = allowed;
  }

  /** @throws KvError `invalid` when it may not listen. */
  static async start(
    { host, hostOf, naming, halfBytes, address, clock, extensions, observer }: ServedOverLanes,
    { allowed, insecureNetwork, limits, certificates, security = noSecurityObserver }: WorkerLaneOptions,
  ): Promise<WorkerLanes> {
    const listenHost = parseHostPort(address).host;
    const hasTcp =
      allowed.includes('tcp') && (certificates !== undefined || insecureNetwork || isLoopback(listenHost));
    let server: LaneServer | null = null;
    const traffic = new LaneTraffic(() => server?.figures() ?? []);
    server = await LaneServer.start({
      host,
      ...(hostOf === undefined ? {} : { hostOf }),
      halfBytes,
      layers: naming.range,
      clock,
      limits,
      // Memory is shared over the unix socket.
      listen: {
        tcpHost: hasTcp ? listenHost : null,
        tls: certificates === undefined ? null : { certificates, observer: security },
        unix: allowed.includes('unix') || allowed.includes('shm'),
      },
      extensions: extensions.filter(({ kind }) => allowed.includes(kind)),
      observer: {
        ticketRefused: (peer, presenter, message) => {
          const who = presenter === null ? '' : identityText(presenter);
          security.refused({ reason: 'ticket', peer, who, what: 'lane', message });
        },
        closed: (lane, cause) => {
          traffic.closed(lane);
          observer.closed?.(lane, cause);
        },
      },
    });
    return new WorkerLanes(server, traffic, naming, allowed);
  }

  /**
   * A ticket for one connection, and where it may be made to.
   * @throws KvError `invalid` for another namespace, `unsupported` for another protocol, `exhausted` when too
   * many tickets are out.
   */
  open(request: OpenLaneRequest__Output, { tenant, peer, identity }: CallContext): OpenLaneResponse {
    checkProtocol(request.protocol, `the peer at ${peer}`);
    this.#naming.check(request.namespace);
    const sameHost = isSameHost(request);
    const { ticket, ticketMs, offers } = this.#server.issue({
      tenant,
      identity,
      name: peerName(request.name),
      sameHost,
    });
    return {
      ticket: Buffer.from(ticket),
      ticketMs,
      offers: offers.filter(({ kind }) => this.#allowed.includes(kind)),
    };
  }

  /** Cuts all connections, so that nothing is lent any more. */
  async close(): Promise<void> {
    await this.#server.close();
  }
}

/** What peers call themselves ends in logs and metrics: short, and one word. */
const peerNameCharsMax = 64;

function peerName(given: string): string {
  return given.replaceAll(/[^\w.:@-]/g, '_').slice(0, peerNameCharsMax) || 'unnamed';
}
