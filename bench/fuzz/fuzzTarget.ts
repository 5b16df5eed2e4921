import type { OpenCluster } from '../../src/cli/withCluster.js';
import { KvError } from '../../src/core/errors.js';
import { type Geometry, halfPageBytes } from '../../src/core/geometry.js';
import type { NamespaceId } from '../../src/core/namespace.js';
import { hostIdentity } from '../../src/memory/hostIdentity.js';
import { workerEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import { ownProtocol } from '../../src/rpc/protocolCheck.js';
import type { Lane } from '../../src/transfer/lane.js';
import type { LaneKind } from '../../src/transfer/laneKind.js';
import { defaultLaneLimits } from '../../src/transfer/laneLimits.js';
import { openLane } from '../../src/transfer/openLane.js';
import type { LaneDoor } from './fuzzLanes.js';

/** Pages of 16 KiB, so that most of the time goes into frames. */
export const fuzzGeometry: Geometry = {
  layers: [
    { kind: 'full', rope: true },
    { kind: 'full', rope: true },
  ],
  kvHeads: 2,
  headDim: 16,
  dtype: 'f32',
  blockTokens: 64,
  layoutVersion: 1,
};

export const fuzzHalfBytes = halfPageBytes(fuzzGeometry);

/** A running coordinator and worker, and how strangers and friends get at them. */
export interface FuzzTarget {
  readonly coordinator: string;
  readonly worker: string;
  readonly workerId: string;
  readonly namespace: NamespaceId;
  readonly pids: readonly number[];
  readonly workerPid: number;
  door(kind: LaneKind): Promise<LaneDoor>;
  /** For one who does nothing wrong. */
  lane(kind: LaneKind): Promise<Lane>;
  close(): void;
}

export async function fuzzTarget({ client, embedded }: OpenCluster): Promise<FuzzTarget> {
  if (embedded === null) throw new KvError('internal', 'strangers are sent only to a cluster of our own');
  const { workers, model } = await client.describe();
  const [worker] = workers;
  if (worker === undefined || model === null) throw new KvError('internal', 'the cluster has no worker');
  const { namespace } = model;
  const peer = new GrpcNetwork().dial(worker.address);
  const ask = () => {
    const question = { protocol: ownProtocol(), namespace, name: 'stranger', ...hostIdentity() };
    return peer.request(workerEndpoints.openLane, question, { timeoutMs: 10_000 });
  };
  return {
    coordinator: embedded.address,
    worker: worker.address,
    workerId: worker.id,
    namespace,
    pids: embedded.pids,
    workerPid: worker.pid,
    door: async (kind) => {
      const offer = (await ask()).offers.find((offered) => offered.kind === kind);
      if (offer === undefined) throw new KvError('unsupported', `the worker offers no lane over ${kind}`);
      const ticket = async () => (await ask()).ticket;
      return { address: offer.address, peerAddress: worker.address, halfBytes: fuzzHalfBytes, ticket };
    },
    lane: (kind) =>
      openLane({
        peer,
        namespace,
        name: 'friend',
        allowed: [kind],
        halfBytes: fuzzHalfBytes,
        call: { timeoutMs: 10_000 },
        limits: defaultLaneLimits,
      }),
    close: () => peer.close(),
  };
}
