import type { Http2SecureServer } from 'node:http2';
import { Server, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { KvError } from '../core/errors.js';
import type { Binding, NetworkServer } from '../core/ports/network.js';
import { noSecurityObserver } from '../core/ports/securityObserver.js';
import type { Admission } from './callAdmission.js';
import { serverOptions } from './channelOptions.js';
import { asEncoded, serviceDefinition } from './codec.js';
import { type CredentialOptions, serverCredentials } from './credentials.js';
import { handleRequest, handleStream } from './handlers.js';
import { formatHostPort, parseHostPort } from './hostPort.js';
import { ServerGates } from './serverGates.js';
import { followSockets, http2ServersOf } from './serverSockets.js';
import { widenWindows } from './serverWindows.js';
import { watchHandshakes } from './tlsRefusals.js';

/**
 * Serves the bindings, health and reflection on `address`; port 0 takes a free one.
 * @throws KvError `conflict` when the port is in use, `invalid` when the address may not be listened on.
 */
export async function serve(
  address: string,
  bindings: readonly Binding[],
  options: CredentialOptions,
  gates: ServerGates = new ServerGates(),
): Promise<NetworkServer> {
  const { host } = parseHostPort(address);
  const credentials = serverCredentials(address, options);
  // Loaded late: they read protos of their own, and processes that only call need neither.
  const [{ addHealth }, { addReflection }] = await Promise.all([
    import('./health.js'),
    import('./reflection.js'),
  ]);
  const server = new Server(serverOptions);
  const observer = options.security ?? noSecurityObserver;
  const isAuthenticated = options.certificates !== undefined;
  const services = groupByService(bindings, { isAuthenticated, observer }, gates);
  for (const [service, implementation] of services) {
    server.addService(withEncodedStreams(serviceDefinition(service)), implementation);
  }
  const health = addHealth(server, [...services.keys()]);
  addReflection(server, [...services.keys()]);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(bindError(address, error));
    });
  });
  if (isAuthenticated)
    for (const http2Server of http2ServersOf(server))
      watchHandshakes(http2Server as Http2SecureServer, 'gRPC', observer);
  widenWindows(server);
  const cutSockets = followSockets(server);
  return {
    address: formatHostPort({ host, port }),
    setServing: (isServing) => health.setServing(isServing),
    close: async (graceMs) => {
      health.setServing(false);
      await shutDown(server, graceMs, cutSockets);
    },
  };
}

/** Streams hand over bytes: CallDuplex has encoded their answers. */
function withEncodedStreams(service: ServiceDefinition): ServiceDefinition {
  const methods = Object.entries(service).map(([name, method]) => [
    name,
    method.responseStream ? { ...method, responseSerialize: asEncoded } : method,
  ]);
  return Object.fromEntries(methods);
}

function groupByService(
  bindings: readonly Binding[],
  admission: Admission,
  gates: ServerGates,
): Map<string, UntypedServiceImplementation> {
  const services = new Map<string, UntypedServiceImplementation>();
  for (const binding of bindings) {
    const { service, name } = binding.endpoint;
    const implementation = services.get(service) ?? {};
    implementation[name] = isRequest(binding)
      ? handleRequest(binding, admission, gates)
      : handleStream(binding, admission, gates);
    services.set(service, implementation);
  }
  return services;
}

function isRequest(binding: Binding): binding is Extract<Binding, { endpoint: { kind: 'request' } }> {
  return binding.endpoint.kind === 'request';
}

function shutDown(server: Server, graceMs: number, cutSockets: () => Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      server.forceShutdown();
      cutSockets().then(resolve, resolve);
    }, graceMs);
    server.tryShutdown(() => {
      clearTimeout(cut);
      resolve();
    });
  });
}

function bindError(address: string, error: Error): KvError {
  const cause = { cause: error, context: { address } };
  if (error.message.includes('EADDRINUSE')) {
    return new KvError('conflict', `${address} is in use by another process; choose another port`, cause);
  }
  return new KvError('invalid', `cannot listen on ${address}: ${error.message}`, cause);
}
