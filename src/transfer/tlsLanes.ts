import { createServer, type Server, type TLSSocket } from 'node:tls';
import { KvError } from '../core/errors.js';
import type { Identity } from '../core/identity.js';
import type { SecurityObserver } from '../core/ports/securityObserver.js';
import type { LiveCertificates } from '../rpc/certificateSet.js';
import { identityOf } from '../rpc/peerIdentity.js';
import { watchHandshakes } from '../rpc/tlsRefusals.js';

/** A connection that has not shaken hands by then is closed. */
const handshakeTimeoutMs = 5_000;

export interface LaneServerTls {
  readonly certificates: LiveCertificates;
  /** Told about connections that are refused before they can say hello. */
  readonly observer: SecurityObserver;
}

/** A server whose connections have shown a certificate of the authority, with a role and a name. */
export function createTlsLanes(
  { certificates, observer }: LaneServerTls,
  accept: (socket: TLSSocket, presenter: Identity) => void,
): Server {
  const { ca, cert, key } = certificates.current();
  const options = { requestCert: true, rejectUnauthorized: true, handshakeTimeout: handshakeTimeoutMs };
  const server = createServer({ ...options, ca, cert, key }, (socket) => {
    let presenter: Identity;
    try {
      presenter = identityOf(socket.getPeerCertificate());
    } catch (thrown) {
      const peer = `${socket.remoteAddress}:${socket.remotePort}`;
      const { message } = KvError.from(thrown);
      observer.refused({ reason: 'bad_certificate', peer, who: '', what: 'lane', message });
      socket.on('error', () => {}); // it is closed in any case
      socket.destroy();
      return;
    }
    accept(socket, presenter);
  });
  watchHandshakes(server, 'lane', observer);
  const stop = certificates.onChange((set) => server.setSecureContext(set));
  server.once('close', stop);
  return server;
}
