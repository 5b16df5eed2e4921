import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KvClient } from '../../src/client/kvClient.js';
import { blockKeysOf, packBlockKeys } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import { type NamespaceId, rootKeyOf } from '../../src/core/namespace.js';
import { type NetworkServer, onRequest } from '../../src/core/ports/network.js';
import { coordinatorEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import { ownProtocol } from '../../src/rpc/protocolCheck.js';

const namespace = '5a'.repeat(32) as NamespaceId;
const geometry = {
  layers: [
    { window: 0, rope: false },
    { window: 32, rope: true },
  ],
  kvHeads: 1,
  headDim: 8,
  dtype: 'f32',
  blockTokens: 16,
  layoutVersion: 1,
};

let server: NetworkServer;
let client: KvClient | null;
let currentEpoch: number;
let ready: boolean;
let major: number;
let extended: { epoch: number; tokens: number }[];
let created: { namespace: string; blocks: Buffer; tenant: string }[];

function described() {
  const workers = [
    { worker: 'w0', address: '127.0.0.1:1', pid: 7, layers: { from: 0, to: 2 }, state: 'ready' },
  ];
  const protocol = { ...ownProtocol(), major };
  return {
    protocol,
    ready,
    waitingFor: ready ? '' : 'stage 1',
    namespace,
    geometry,
    epoch: currentEpoch,
    workers,
  };
}

function planned(sequence: string) {
  const stages = [{ worker: 'w0', address: '127.0.0.1:1', layers: { from: 0, to: 2 } }];
  return { sequence, epoch: currentEpoch, stages };
}

beforeEach(async () => {
  currentEpoch = 3;
  ready = true;
  major = ownProtocol().major ?? 0;
  extended = [];
  created = [];
  client = null;
  server = await new GrpcNetwork().serve('127.0.0.1:0', [
    onRequest(coordinatorEndpoints.describe, async () => described()),
    onRequest(coordinatorEndpoints.createSequence, async (request, { tenant }) => {
      created.push({ namespace: request.namespace, blocks: request.blocks, tenant });
      return { plan: planned('s1'), cachedBlocks: 2, tokens: request.tokens };
    }),
    onRequest(coordinatorEndpoints.extendSequence, async ({ epoch, tokens, sequence }) => {
      if (epoch !== currentEpoch) throw new KvError('stale', `epoch ${epoch} is old`);
      extended.push({ epoch, tokens });
      return { plan: planned(sequence), cachedBlocks: 2, tokens };
    }),
    onRequest(coordinatorEndpoints.releaseSequence, async () => ({})),
    onRequest(coordinatorEndpoints.lookup, async () => ({ cachedBlocks: 4, epoch: currentEpoch })),
    onRequest(coordinatorEndpoints.pin, async ({ blocks }) => ({ blocks: blocks.length / 32 })),
    onRequest(coordinatorEndpoints.status, async () => ({ cluster: described(), sequences: 9 })),
  ]);
});

afterEach(async () => {
  await client?.close();
  await server.close(0);
});

const secret = Buffer.from('secret');

async function connect(): Promise<KvClient> {
  client = await KvClient.connect(server.address, { tenant: 'alice', tenantSecret: secret });
  return client;
}

describe('KvClient', () => {
  it('describes the cluster and names blocks under the tenant', async () => {
    const connected = await connect();
    expect(await connected.model()).toMatchObject({
      namespace,
      geometry: {
        layers: [
          { kind: 'full', rope: false },
          { kind: 'window', window: 32, rope: true },
        ],
      },
    });
    expect(await connected.rootKey()).toBe(rootKeyOf(secret, 'alice', namespace));
    expect(await connected.status()).toMatchObject({
      sequences: 9,
      cluster: { workers: [{ id: 'w0', pid: 7 }] },
    });
  });

  it('creates, looks up, pins and releases', async () => {
    const connected = await connect();
    const blocks = blockKeysOf(await connected.rootKey(), new Array(40).fill(1), 16);
    const { plan, cachedBlocks } = await connected.sequences.create(blocks, 40);
    expect(cachedBlocks).toBe(2);
    expect(created).toEqual([{ namespace, blocks: packBlockKeys(blocks), tenant: 'alice' }]);
    expect(await connected.blocks.lookup(blocks)).toMatchObject({ blocks: 4, tokens: 64 });
    expect(await connected.blocks.pin(blocks, { ttlMs: 1000 })).toBe(2);
    await connected.sequences.release(plan.sequence);
    expect(() => connected.sequences.state(plan.sequence)).toThrow(/no sequence s1/);
  });

  it('asks for the current epoch, once, when its plan is stale', async () => {
    const connected = await connect();
    const { plan } = await connected.sequences.create([], 5);
    currentEpoch = 8;
    const state = await connected.sequences.extend(plan.sequence, [], 6);
    expect(extended).toEqual([{ epoch: 8, tokens: 6 }]);
    expect(state.plan.epoch).toBe(8);
    expect(connected.sequences.state(plan.sequence).plan.epoch).toBe(8);
  });

  it('says what the cluster waits for', async () => {
    ready = false;
    const connected = await connect();
    await expect(connected.sequences.create([], 5)).rejects.toThrow(/waits for stage 1/);
    ready = true;
    expect((await connected.sequences.create([], 5)).tokens).toBe(5);
  });

  it('refuses another major version of the protocol', async () => {
    major += 1;
    await expect(connect()).rejects.toMatchObject({ kind: 'unsupported' });
  });

  it('says where it found nobody', async () => {
    await expect(KvClient.connect('127.0.0.1:1')).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('127.0.0.1:1'),
    });
  });
});
