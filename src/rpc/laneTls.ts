import type { SecureContextOptions } from 'node:tls';
import type { Peer } from '../core/ports/network.js';
import type { LiveCertificates } from './certificateSet.js';
import type { CredentialOptions } from './credentials.js';
import type { DialTls } from './tlsOptions.js';

/** What a connection beside gRPC's own is encrypted with. */
export interface LaneTls {
  /** As it is now: certificates may change. */
  context(): Pick<SecureContextOptions, 'ca' | 'cert' | 'key'>;
  /** The name that the server's certificate has to carry, where it is not the host that is dialled. */
  readonly serverName: string | null;
}

interface EncryptingPeer extends Peer {
  readonly lane: LaneTls | null;
}

/** A lane is as well protected as the connection that its ticket came over; null where that is in the clear. */
export function laneTlsOfPeer(peer: Peer): LaneTls | null {
  return isEncrypting(peer) ? peer.lane : null;
}

function isEncrypting(peer: Peer): peer is EncryptingPeer {
  return 'lane' in peer;
}

export function laneTlsOf({ certificates, tls }: CredentialOptions): LaneTls | null {
  if (certificates !== undefined) return ofLive(certificates);
  return tls?.dial === undefined ? null : ofStatic(tls.dial);
}

function ofLive(certificates: LiveCertificates): LaneTls {
  return { context: () => certificates.current(), serverName: null };
}

function ofStatic({ ca, cert, key, serverName }: DialTls): LaneTls {
  const context = {
    ...(ca === undefined ? {} : { ca: Buffer.from(ca) }),
    ...(cert === undefined ? {} : { cert: Buffer.from(cert) }),
    ...(key === undefined ? {} : { key: Buffer.from(key) }),
  };
  return { context: () => context, serverName: serverName ?? null };
}
