import { afterEach, describe, expect, it } from 'vitest';
import { unidentified } from '../../src/core/identity.js';
import type { NamespaceId } from '../../src/core/namespace.js';
import type { CallContext, Peer } from '../../src/core/ports/network.js';
import { HeapSlab } from '../../src/memory/heapSlab.js';
import { hostIdentity } from '../../src/memory/hostIdentity.js';
import { systemClock } from '../../src/observe/systemClock.js';
import { ownProtocol } from '../../src/rpc/protocolCheck.js';
import { type LaneKind, laneKinds } from '../../src/transfer/laneKind.js';
import { defaultLaneLimits } from '../../src/transfer/laneLimits.js';
import { openLane } from '../../src/transfer/openLane.js';
import { PageNaming } from '../../src/worker/pageNaming.js';
import { type WorkerLaneOptions, WorkerLanes } from '../../src/worker/workerLanes.js';
import { StubPageHost } from '../support/stubPageHost.js';
import { emptyPage, fillPage, pageId, sealedPage } from '../support/testPages.js';

const halfBytes = 1024;
const namespace = 'a'.repeat(64) as NamespaceId;
const call: CallContext = {
  tenant: 'docs',
  identity: unidentified,
  requestId: '',
  peer: '127.0.0.1:9',
  signal: new AbortController().signal,
};
const { bootId, uid } = hostIdentity();

let started: WorkerLanes[] = [];
afterEach(async () => {
  for (const lanes of started) await lanes.close();
  started = [];
});

async function serve(options: Partial<WorkerLaneOptions> = {}, address = '127.0.0.1:4601') {
  const host = new StubPageHost(new HeapSlab(8 * 2 * halfBytes), halfBytes);
  const lanes = await WorkerLanes.start(
    {
      host,
      naming: new PageNaming(namespace, { from: 0, to: 8 }),
      halfBytes,
      address,
      clock: systemClock,
      extensions: [],
      observer: {},
    },
    { allowed: laneKinds, insecureNetwork: false, limits: defaultLaneLimits, ...options },
  );
  started.push(lanes);
  const ask = (also: Partial<Parameters<WorkerLanes['open']>[0]> = {}) =>
    lanes.open({ protocol: ownProtocol(), namespace, bootId, uid, name: 'me', ...also } as never, call);
  const kinds = (also: Parameters<typeof ask>[0] = {}) => ask(also).offers?.map(({ kind }) => kind);
  return { host, lanes, ask, kinds };
}

describe('WorkerLanes', () => {
  it('offers what both ends share: sockets of this host only to its own user', async () => {
    const { ask, kinds } = await serve();
    expect(kinds()).toEqual(['unix', 'tcp']);
    expect(kinds({ bootId: 'another' })).toEqual(['tcp']);
    expect(kinds({ bootId: '' })).toEqual(['tcp']);
    expect(kinds({ uid: uid + 1 })).toEqual(['tcp']);
    expect(ask().ticket).toHaveLength(32);
    expect(ask().offers?.[1]?.address).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it.each<[readonly LaneKind[], string[]]>([
    [['tcp'], ['tcp']],
    [['unix', 'grpc'], ['unix']],
    [['shm'], []],
    [['grpc'], []],
  ])('offers only what it may: %j', async (allowed, offered) => {
    expect((await serve({ allowed })).kinds()).toEqual(offered);
  });

  it('offers no TCP where others could listen, unless it was told to', async () => {
    const { kinds } = await serve({}, '0.0.0.0:4601');
    expect(kinds()).toEqual(['unix']);
  });

  it('refuses another namespace, another protocol, and more tickets than its bound', async () => {
    const { ask } = await serve({ limits: { ...defaultLaneLimits, ticketsMax: 2 } });
    expect(() => ask({ namespace: 'b'.repeat(64) })).toThrow('the namespace is not that of the model');
    expect(() => ask({ protocol: { ...ownProtocol(), major: 99 } as never })).toThrow(/protocol/);
    ask();
    ask();
    expect(() => ask()).toThrow('2 tickets for lanes are out');
  });

  it('counts what a connection moved, under a name of one word, also when it is gone', async () => {
    const { host, lanes, ask } = await serve();
    host.store(pageId(1), 0, (view) => fillPage(view, 1));
    const peer: Pick<Peer, 'address' | 'request'> = {
      address: '127.0.0.1:4601',
      request: async (_endpoint, message) =>
        ask({ ...(message as object), name: `my client ${'x'.repeat(99)}` }),
    };
    const lane = await openLane({
      peer: peer as Peer,
      namespace,
      name: 'my client',
      allowed: ['unix'],
      halfBytes,
      call: {},
      limits: defaultLaneLimits,
    });
    expect((await lane.get(pageId(1), emptyPage(halfBytes))).kind).toBe('hit');
    expect((await lane.put(sealedPage(2, halfBytes))).kind).toBe('stored');
    const moved = { outPages: 1, outBytes: 2 * halfBytes, inPages: 1, inBytes: 2 * halfBytes };
    const name = `my_client_${'x'.repeat(54)}`;
    expect(lanes.traffic.lanes()).toEqual([
      { peer: name, kind: 'unix', openedHere: false, lentSlots: 0, ...moved },
    ]);
    await lane.close();
    while (lanes.traffic.lanes().length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(lanes.traffic.totals()).toContainEqual({ kind: 'unix', connections: 0, ...moved });
  });
});
