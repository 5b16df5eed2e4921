import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity, createSecureContext } from 'node:tls';
import { ChannelCredentials, type ChannelOptions, ServerCredentials } from '@grpc/grpc-js';
import { KvError } from '../core/errors.js';
import type { SecurityObserver } from '../core/ports/securityObserver.js';
import type { LiveCertificates } from './certificateSet.js';
import { isLoopback, parseHostPort } from './hostPort.js';
import { liveChannel, liveServer } from './liveCertificates.js';
import type { DialTls, Pem, ServeTls, TlsOptions } from './tlsOptions.js';

export interface CredentialOptions {
  /** Allows unencrypted traffic beyond loopback (`--insecure-network`). */
  readonly insecureNetwork: boolean;
  readonly tls?: TlsOptions;
  /** Both ends prove who they are with these, which may change; instead of `tls`. */
  readonly certificates?: LiveCertificates;
  /** Told about who is refused, and what admins do. */
  readonly security?: SecurityObserver;
}

/** What a channel authenticates and encrypts with, and the channel options that belong to it. */
export interface DialCredentials {
  readonly channel: ChannelCredentials;
  readonly options: ChannelOptions;
}

/** @throws KvError `invalid` for certificates that cannot be read, or an address that needs them and has none. */
export function dialCredentials(
  address: string,
  { tls, certificates, insecureNetwork }: CredentialOptions,
): DialCredentials {
  if (certificates !== undefined) return liveDial(parseHostPort(address).host, certificates);
  if (tls?.dial !== undefined) return encryptedChannel(parseHostPort(address).host, tls.dial);
  checkClear(`connecting to ${address}`, address, insecureNetwork);
  return { channel: ChannelCredentials.createInsecure(), options: {} };
}

/** @throws KvError `invalid` for certificates that cannot be read, or an address that needs them and has none. */
export function serverCredentials(
  address: string,
  { tls, certificates, insecureNetwork }: CredentialOptions,
): ServerCredentials {
  if (certificates !== undefined) return liveServer(certificates);
  if (tls?.serve !== undefined) return encryptedServer(tls.serve);
  checkClear(`listening on ${address}`, address, insecureNetwork);
  return ServerCredentials.createInsecure();
}

function checkClear(what: string, address: string, insecureNetwork: boolean): void {
  if (insecureNetwork || isLoopback(parseHostPort(address).host)) return;
  throw new KvError(
    'invalid',
    `${what} without TLS is refused: give certificates, use a loopback address, or give --insecure-network where the network is trusted`,
  );
}

function encryptedChannel(host: string, { ca, cert, key, serverName }: DialTls): DialCredentials {
  const name = serverName ?? host;
  // An address is compared with the certificate like a name, but TLS has no field to ask for it by.
  const asked = isIP(name) === 0 ? name : unnamed;
  const channel = readable(() => {
    if (ca !== undefined) new X509Certificate(ca); // grpc-js takes what is none for an empty list
    return ChannelCredentials.createSsl(bytesOf(ca), bytesOf(key), bytesOf(cert), {
      checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
    });
  });
  return { channel, options: { 'grpc.ssl_target_name_override': asked } };
}

function liveDial(host: string, certificates: LiveCertificates): DialCredentials {
  return {
    channel: liveChannel(certificates, (_, shown) => checkServerIdentity(host, shown)),
    options: { 'grpc.ssl_target_name_override': isIP(host) === 0 ? host : unnamed },
  };
}

function encryptedServer({ ca, cert, key, requireClientCert = false }: ServeTls): ServerCredentials {
  if (requireClientCert && ca === undefined) {
    throw new KvError('invalid', 'certificates of clients are required, but no authority for them is given');
  }
  const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };
  return readable(() => {
    createSecureContext({ key: pair.private_key, cert: pair.cert_chain }); // grpc-js would find out later
    return ServerCredentials.createSsl(bytesOf(ca), [pair], requireClientCert);
  });
}

/** What a server is asked for that has no name. */
const unnamed = 'kvtide.invalid';

function bytesOf(pem: Pem | undefined): Buffer | null {
  return pem === undefined ? null : Buffer.from(pem);
}

function readable<T>(make: () => T): T {
  try {
    return make();
  } catch (thrown) {
    const reason = KvError.from(thrown).message;
    throw new KvError('invalid', `the certificates cannot be used: ${reason}`, { cause: thrown });
  }
}
