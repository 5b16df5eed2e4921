import type { NetConnectOpts } from 'node:net';
import { KvError } from '../core/errors.js';
import type { Clock } from '../core/ports/clock.js';
import type { CallOptions, Peer } from '../core/ports/network.js';
import { hostIdentity } from '../memory/hostIdentity.js';
import { systemClock } from '../observe/systemClock.js';
import { workerEndpoints } from '../rpc/endpoints.js';
import { parseHostPort } from '../rpc/hostPort.js';
import { ownProtocol } from '../rpc/protocolCheck.js';
import { FramedLane } from './framedLane.js';
import type { Lane } from './lane.js';
import { type LaneKind, laneKinds } from './laneKind.js';
import type { LaneLimits } from './laneLimits.js';
import { LaneLink } from './laneLink.js';

export interface OpenLaneOptions {
  /** The worker; its gRPC connection stays the caller's. */
  readonly peer: Peer;
  readonly namespace: string;
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

/** Makes a lane of a connection that has said hello. */
type MakeLane = (link: LaneLink, options: OpenLaneOptions) => Lane | Promise<Lane>;

/** Kinds that are connections of their own. */
const makers: ReadonlyMap<LaneKind, MakeLane> = new Map<LaneKind, MakeLane>([
  ['unix', (link, { halfBytes }) => new FramedLane('unix', link, halfBytes)],
  ['tcp', (link, { halfBytes }) => new FramedLane('tcp', link, halfBytes)],
]);

const anyHost: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/**
 * The best lane to a worker that both ends share and the configuration allows.
 * @throws KvError what the worker answers, or `unavailable` with the reasons where no lane can be had.
 */
export async function openLane(options: OpenLaneOptions): Promise<Lane> {
  const reasons: string[] = [];
  const passOver = (kind: LaneKind, thrown: unknown): void => {
    const cause = KvError.from(thrown, 'unavailable');
    reasons.push(`${kind}: ${cause.message}`);
    options.passedOver?.(kind, cause);
  };
  for (const kind of laneKinds) {
    if (!options.allowed.includes(kind)) continue;
    const make = makers.get(kind);
    if (make === undefined) continue;
    try {
      return await dial(kind, make, options);
    } catch (thrown) {
      options.call.signal?.throwIfAborted();
      passOver(kind, thrown);
    }
  }
  const { peer } = options;
  throw new KvError('unavailable', `no lane to ${peer.address} can be had (${reasons.join('; ')})`, {
    context: { peer: peer.address },
  });
}

/** A ticket is good for one try, so each kind asks for its own. */
async function dial(kind: LaneKind, make: MakeLane, options: OpenLaneOptions): Promise<Lane> {
  const { peer, namespace, name, call, limits, clock = systemClock } = options;
  const { bootId, uid } = hostIdentity();
  const question = { protocol: ownProtocol(), namespace, name, bootId, uid };
  const { ticket, offers } = await peer.request(workerEndpoints.openLane, question, call);
  const offer = offers.find((offered) => offered.kind === kind);
  if (offer === undefined) throw new KvError('unsupported', `${peer.address} offers none`);
  const link = await LaneLink.open({
    target: laneTarget(offer.address, peer.address),
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
