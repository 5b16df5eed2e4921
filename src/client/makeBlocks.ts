import type { BlockKey, Sealing } from '../core/blockKey.js';
import { AllWorkers } from './allWorkers.js';
import { BlockLocator } from './blockLocator.js';
import { Blocks } from './blocks.js';
import type { ClusterView } from './clusterView.js';
import { type Lanes, PageExchange } from './pageExchange.js';
import { PageQueries } from './pageQueries.js';
import type { CallDefaults, PeerCalls } from './peerCalls.js';
import type { Peers } from './peers.js';

export interface BlocksMaterial {
  readonly cluster: ClusterView;
  /** To the coordinator. */
  readonly calls: PeerCalls;
  readonly peers: Peers;
  readonly lanes: Lanes;
  readonly defaults: CallDefaults;
  readonly rootKey: () => Promise<BlockKey>;
  readonly sealing: () => Promise<Sealing | null>;
}

/** Puts block mode together. */
export function makeBlocks({
  cluster,
  calls,
  peers,
  lanes,
  defaults,
  rootKey,
  sealing,
}: BlocksMaterial): Blocks {
  const { limits, timing } = defaults;
  const locator = new BlockLocator(calls, cluster, limits);
  return new Blocks({
    cluster,
    calls,
    defaults,
    exchange: new PageExchange({ cluster, lanes, locator, limits, timing }),
    queries: new PageQueries(cluster, peers, defaults),
    everyone: new AllWorkers(cluster, peers, defaults),
    rootKey,
    sealing,
  });
}
