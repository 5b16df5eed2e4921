import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import type { Binding, Network, NetworkServer, Peer } from '../core/ports/network.js';
import type { CredentialOptions } from './credentials.js';
import { GrpcPeer } from './dial.js';
import { serve } from './serve.js';
import type { ServerGates } from './serverGates.js';

/**
 * The real network: gRPC over HTTP/2. Two things that gRPC cannot say, and so the port's callers may not
 * rely on: a server's `end()` reaches the client when its handler settles, and an error that a client ends
 * a stream with arrives at the server as `cancelled`.
 */
export class GrpcNetwork implements Network {
  /** @param gates of all that is served here; each server has its own without them. */
  constructor(
    private readonly options: CredentialOptions = { insecureNetwork: false },
    private readonly gates?: ServerGates,
  ) {
    // What grpc-js would print to stderr, it also reports as an error, and that is printed once, by us.
    setLogVerbosity(logVerbosity.NONE);
  }

  /** @throws KvError `invalid` when the address is none, or is beyond loopback without TLS. */
  dial(address: string): Peer {
    return new GrpcPeer(address, this.options);
  }

  serve(address: string, bindings: readonly Binding[]): Promise<NetworkServer> {
    return serve(address, bindings, this.options, this.gates);
  }
}
