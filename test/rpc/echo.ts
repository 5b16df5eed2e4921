import { afterEach } from 'vitest';
import type { Binding, NetworkServer, Peer } from '../../src/core/ports/network.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';

/** A server on a free port with a peer dialled to it; both are closed after the test. */
export function useNetwork(): (
  bindings: readonly Binding[],
) => Promise<{ server: NetworkServer; peer: Peer }> {
  const network = new GrpcNetwork();
  const closers: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  return async (bindings) => {
    const server = await network.serve('127.0.0.1:0', bindings);
    closers.push(() => server.close(0));
    const peer = network.dial(server.address);
    closers.push(() => peer.close());
    return { server, peer };
  };
}

/** A promise with its two ends outside. */
export function deferred<T>(): {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
} {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
