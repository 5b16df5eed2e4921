import { type BlockKey, packBlockKeys } from '../core/blockKey.js';
import type { NamespaceId } from '../core/namespace.js';
import type { CallOptions, Peer } from '../core/ports/network.js';
import { workerEndpoints } from '../rpc/endpoints.js';

/** A worker that has pages. */
export interface PageSource {
  readonly worker: string;
  /** host:port of its gRPC server. */
  readonly address: string;
}

/**
 * Lets a worker fetch what it lacks of these blocks from another one; it may end up without some of them.
 * @param peer the worker that fetches.
 * @throws KvError when it cannot be asked, when it cannot reach the source, or when the call is given up.
 */
export async function fetchBlocks(
  peer: Peer,
  namespace: NamespaceId,
  blocks: readonly BlockKey[],
  { worker, address }: PageSource,
  call: CallOptions,
): Promise<void> {
  const copy = peer.stream(workerEndpoints.copyBlocks, call);
  await copy.send({ namespace, source: worker, address, blocks: packBlockKeys(blocks) });
  copy.end();
  for await (const _ of copy);
}
