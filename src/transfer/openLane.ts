import { isIP, type NetConnectOpts } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import { KvError } from '../core/errors.js';
import type { NamespaceId } from '../core/namespace.js';
import type { Clock } from '../core/ports/clock.js';
import type { CallOptions, Peer } from '../core/ports/network.js';
import { holdCollectorRoom } from '../memory/collectorRoom.js';
import { hostIdentity } from '../memory/hostIdentity.js';
import { systemClock } from '../observe/systemClock.js';
import { workerEndpoints } from '../rpc/endpoints.js';
import { parseHostPort } from '../rpc/hostPort.js';
import { type LaneTls, laneTlsOfPeer } from '../rpc/laneTls.js';
import { ownProtocol } from '../rpc/protocolCheck.js';
import { FramedLane } from './framedLane.js';
import { GrpcLane } from './grpcLane.js';
import type { Lane } from './lane.js';
import { type LaneKind, laneKinds } from './laneKind.js';
import type { LaneLimits } from './laneLimits.js';
import { LaneLink } from './laneLink.js';
import { SharedLane } from './sharedLane.js';

export interface OpenLaneOptions {
  /** The worker; its gRPC connection stays the caller's. */
  readonly peer: Peer;
  readonly namespace: NamespaceId;
  /** Who asks, as operators know it. */
  readonly name: string;
  /** What the configuration lets pages travel by. */
  readonly allowed: readonly LaneKind[];
  /** Bytes of K, and of V, in that namespace. */
  readonly halfBytes: number;
  readonly call: CallOptions;
  readonly limits: LaneLimits;
  readonly clock?: Clock;
  /** Told why a lane that is better than the one that comes of it, and allowed, could not be used. */
  passedOver?(kind: LaneKind, cause: KvError): void;
}

/** What OpenLane answers. */
interface Issued {
  readonly ticket: Uint8Array;
  readonly offers: readonly { readonly kind: string; readonly address: string }[];
}

/** Makes a lane of a connection that has said hello. */
type MakeLane = (link: LaneLink, options: OpenLaneOptions) => Lane | Promise<Lane>;

/** Kinds that are connections of their own. */
const makers: ReadonlyMap<LaneKind, MakeLane> = new Map<LaneKind, MakeLane>([
  ['shm', (link, { halfBytes }) => SharedLane.attach(link, halfBytes)],
  ['unix', (link, { halfBytes }) => new FramedLane('unix', link, halfBytes)],
  ['tcp', (link, { halfBytes }) => new FramedLane('tcp', link, halfBytes)],
]);

const anyHost: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/**
 * The best lane to a worker that both ends share and the configuration allows; gRPC where it is allowed and
 * nothing better can be had.
 * @throws KvError what the worker answers when it is asked for a lane, or `unavailable` with the reasons
 * where none can be had.
 */
export async function openLane(options: OpenLaneOptions): Promise<Lane> {
  const { peer, namespace, allowed, halfBytes, call, limits, clock = systemClock } = options;
  const reasons: string[] = [];
  const passOver = (kind: LaneKind, cause: KvError): void => {
    reasons.push(`${kind}: ${cause.message}`);
    options.passedOver?.(kind, cause);
  };
  /** A ticket is good for one try. */
  let issued: Issued | null = null;
  for (const kind of laneKinds) {
    const make = makers.get(kind);
    if (make === undefined || !allowed.includes(kind)) continue;
    issued ??= await askForLane(options);
    try {
      const offer = issued.offers.find((offered) => offered.kind === kind);
      if (offer === undefined) throw new KvError('unsupported', `${peer.address} offers none`);
      const { ticket } = issued;
      issued = null;
      return await dial(offer.address, ticket, make, options);
    } catch (thrown) {
      call.signal?.throwIfAborted();
      passOver(kind, KvError.from(thrown, 'unavailable'));
    }
  }
  if (allowed.includes('grpc')) {
    const ended = holdCollectorRoom(limits.collectorRoomBytes, clock);
    return GrpcLane.open(peer, { namespace, halfBytes, call, limits, ended });
  }
  throw new KvError('unavailable', `no lane to ${peer.address} can be had (${reasons.join('; ')})`, {
    context: { peer: peer.address },
  });
}

/** What the worker offers: nothing where it knows no lanes or has none to spare. */
async function askForLane({ peer, namespace, name, call }: OpenLaneOptions): Promise<Issued> {
  const { bootId, uid } = hostIdentity();
  const question = { protocol: ownProtocol(), namespace, name, bootId, uid };
  try {
    return await peer.request(workerEndpoints.openLane, question, call);
  } catch (thrown) {
    const { kind } = KvError.from(thrown);
    if (kind === 'unsupported' || kind === 'exhausted') return { ticket: Buffer.alloc(0), offers: [] };
    throw thrown;
  }
}

async function dial(
  address: string,
  ticket: Uint8Array,
  make: MakeLane,
  options: OpenLaneOptions,
): Promise<Lane> {
  const { peer, call, limits, clock = systemClock } = options;
  const target = laneTarget(address, peer.address);
  const link = await LaneLink.open({
    target,
    tls: encryptionOf(target, laneTlsOfPeer(peer)),
    peer: peer.address,
    ticket,
    clock,
    limits,
    ...(call.signal === undefined ? {} : { signal: call.signal }),
  });
  try {
    return await make(link, options);
  } catch (thrown) {
    await link.close();
    throw thrown;
  }
}

/** What stays on this host is not encrypted: only processes of this user reach it. */
function encryptionOf(where: NetConnectOpts, tls: LaneTls | null): ConnectionOptions | null {
  if (tls === null || !('port' in where)) return null;
  const { host = '' } = where;
  const name = tls.serverName ?? host;
  return {
    ...tls.context(),
    ...(isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
  };
}

/**
 * Where to connect to for an offer: `@name` and paths are unix sockets, the rest host:port. A server that
 * listens on all addresses is reached where its RPCs are.
 */
export function laneTarget(address: string, peerAddress: string): NetConnectOpts {
  if (address.startsWith('@')) return { path: `\0${address.slice(1)}` };
  if (address.startsWith('/')) return { path: address };
  const { host, port } = parseHostPort(address);
  return { host: anyHost.has(host) ? parseHostPort(peerAddress).host : host, port };
}
