import type { NamespaceId } from '../../src/core/namespace.js';
import { type Binding, onRequest, onStream } from '../../src/core/ports/network.js';
import { systemClock } from '../../src/observe/systemClock.js';
import { workerEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import type { ServedLaneFigures } from '../../src/transfer/laneServer.js';
import type { PageHost } from '../../src/transfer/pageHost.js';
import { BlockCalls, type BlockStore } from '../../src/worker/blockCalls.js';
import { PageCalls } from '../../src/worker/pageCalls.js';
import { PageNaming } from '../../src/worker/pageNaming.js';

export const servedNamespace = 'a'.repeat(64) as NamespaceId;
export const servedRange = { from: 2, to: 6 };

const naming = new PageNaming(servedNamespace, servedRange);

export interface ServeOptions {
  readonly pagesInWorkMax?: number;
  readonly pageStallMs?: number;
}

/** A server of the calls about pages, as a worker has them, with a peer dialled to it. */
export async function servePageCalls(
  host: PageHost,
  { pagesInWorkMax = 4, pageStallMs = 10_000 }: ServeOptions = {},
) {
  const gone: ServedLaneFigures[] = [];
  const limits = { pagesInWorkMax, pageStallMs };
  const calls = new PageCalls(
    { hostOf: () => host, naming, clock: systemClock, limits },
    (lane) => void gone.push(lane),
  );
  const served = await serveBindings([
    onStream(workerEndpoints.putPages, (stream, call) => calls.put(stream, call)),
    onStream(workerEndpoints.getPages, (stream, call) => calls.get(stream, call)),
  ]);
  return { ...served, calls, gone };
}

export function serveBlockCalls(store: BlockStore) {
  const blocks = new BlockCalls(store, naming);
  return serveBindings([
    onRequest(workerEndpoints.hasPages, (request) => blocks.has(request)),
    onRequest(workerEndpoints.removeBlocks, (request) => blocks.remove(request)),
    onRequest(workerEndpoints.prefetchBlocks, (request, call) => blocks.prefetch(request, call)),
    onRequest(workerEndpoints.flush, () => blocks.flush()),
  ]);
}

async function serveBindings(bindings: readonly Binding[]) {
  const network = new GrpcNetwork();
  const server = await network.serve('127.0.0.1:0', bindings);
  const peer = network.dial(server.address);
  const close = async (): Promise<void> => {
    peer.close();
    await server.close(0);
  };
  return { server, peer, close };
}
