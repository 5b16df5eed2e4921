import { ChannelCredentials, ServerCredentials } from '@grpc/grpc-js';
import { KvError } from '../core/errors.js';
import { isLoopback, parseHostPort } from './hostPort.js';

export interface CredentialOptions {
  /** Allows unencrypted traffic beyond loopback (`--insecure-network`). */
  readonly insecureNetwork: boolean;
}

export interface Credentials {
  readonly channel: ChannelCredentials;
  readonly server: ServerCredentials;
}

/**
 * What every server and every channel authenticates and encrypts with.
 * @throws KvError `invalid` when the address is beyond loopback and the traffic would be in the clear.
 */
export function credentialsFor(
  address: string,
  use: 'dial' | 'listen',
  { insecureNetwork }: CredentialOptions,
): Credentials {
  if (!insecureNetwork && !isLoopback(parseHostPort(address).host)) {
    const what = use === 'listen' ? 'listening on' : 'connecting to';
    throw new KvError(
      'invalid',
      `${what} ${address} without TLS is refused: use a loopback address, or give --insecure-network where the network is trusted`,
    );
  }
  return { channel: ChannelCredentials.createInsecure(), server: ServerCredentials.createInsecure() };
}
