import type { TLSSocket } from 'node:tls';
import type { RefusalReason, SecurityObserver } from '../core/ports/securityObserver.js';

/** The part of tls.Server and of HTTP/2's that is listened to. */
interface HandshakeServer {
  on(event: 'tlsClientError', tell: (error: HandshakeError, socket: TLSSocket) => void): unknown;
}

interface HandshakeError extends Error {
  readonly code?: string;
}

/** What Node says of a certificate that it does not take; all other codes are a bad one. */
const reasonOfCode: ReadonlyMap<string, RefusalReason> = new Map([
  ['ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE', 'no_certificate'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'no_certificate'],
  ['ERR_SSL_HTTP_REQUEST', 'no_certificate'],
  ['CERT_HAS_EXPIRED', 'expired_certificate'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unknown_authority'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'unknown_authority'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unknown_authority'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'unknown_authority'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'unknown_authority'],
  ['CERT_SIGNATURE_FAILURE', 'unknown_authority'],
]);

/** Tells of connections to a server with certificates that end before anything can be asked. */
export function watchHandshakes(server: HandshakeServer, what: string, observer: SecurityObserver): void {
  server.on('tlsClientError', (error: HandshakeError, socket: TLSSocket) => {
    // A type of Node says Error; it is the code of one.
    const said: unknown = socket.authorizationError;
    const code = typeof said === 'string' ? said : (error.code ?? '');
    // Empty where Node has taken the socket apart before it tells.
    const { remoteAddress, remotePort } = socket;
    const peer = remoteAddress === undefined ? '' : `${remoteAddress}:${remotePort}`;
    const reason = reasonOfCode.get(code) ?? 'bad_certificate';
    const message = `a connection was refused in its handshake: ${code || error.message}`;
    observer.refused({ reason, peer, who: '', what, message });
  });
}
