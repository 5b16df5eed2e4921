import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { KvError } from '../../src/core/errors.js';
import type { NamespaceId } from '../../src/core/namespace.js';
import { type Binding, onRequest } from '../../src/core/ports/network.js';
import { hostIdentity, isSameHost } from '../../src/memory/hostIdentity.js';
import { workerEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import type { Lane } from '../../src/transfer/lane.js';
import { type LaneKind, laneKinds } from '../../src/transfer/laneKind.js';
import { defaultLaneLimits } from '../../src/transfer/laneLimits.js';
import type { IssuedTicket } from '../../src/transfer/laneServer.js';
import { laneTarget, openLane } from '../../src/transfer/openLane.js';
import { startLanes, testHalfBytes } from '../support/framedLanes.js';
import { HeapSlab } from '../support/heapSlab.js';
import { StubPageHost } from '../support/stubPageHost.js';
import { emptyPage, fillPage, pageId } from '../support/testPages.js';

const namespace = 'ab'.repeat(32) as NamespaceId;
const closing: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A worker that has one page; `change` alters what it offers. */
async function worker(change: (issued: IssuedTicket) => IssuedTicket = (issued) => issued) {
  const host = new StubPageHost(new HeapSlab(4 * testHalfBytes), testHalfBytes);
  host.store(pageId(1), 0, (view) => fillPage(view, 1));
  const server = await startLanes(host);
  closing.push(() => server.close());
  const asked: string[] = [];
  const binding = onRequest(workerEndpoints.openLane, async ({ name, bootId, uid }, { tenant }) => {
    asked.push(`${tenant} ${name}`);
    const { ticket, ticketMs, offers } = change(
      server.issue({ tenant, name, sameHost: isSameHost({ bootId, uid }) }),
    );
    return { ticket: Buffer.from(ticket), ticketMs, offers: [...offers] };
  });
  return { server, asked, ...(await dial([binding])) };
}

async function dial(bindings: readonly Binding[]) {
  const network = new GrpcNetwork();
  const served = await network.serve('127.0.0.1:0', bindings);
  const peer = network.dial(served.address);
  closing.push(
    () => served.close(0),
    () => peer.close(),
  );
  const passed: string[] = [];
  const open = async (allowed: readonly LaneKind[], openMs = 500): Promise<Lane> => {
    const lane = await openLane({
      peer,
      namespace,
      name: 'client-1',
      allowed,
      halfBytes: testHalfBytes,
      call: { tenant: 'acme', timeoutMs: 5000 },
      limits: { ...defaultLaneLimits, openMs },
      passedOver: (kind, { message }) => passed.push(`${kind}: ${message}`),
    });
    closing.push(() => lane.close());
    return lane;
  };
  return { peer, open, passed };
}

const hit = async (lane: Lane) => (await lane.get(pageId(1), emptyPage(testHalfBytes))).kind;

function without(...kinds: readonly string[]) {
  return (issued: IssuedTicket): IssuedTicket => ({
    ...issued,
    offers: issued.offers.filter(({ kind }) => !kinds.includes(kind)),
  });
}

describe('opening a lane', () => {
  it('takes the best that both ends share', async () => {
    const { open, asked, passed, server, peer } = await worker();
    const lane = await open(['tcp', 'grpc', 'unix']);
    expect([lane.kind, lane.peer, await hit(lane)]).toEqual(['unix', peer.address, 'hit']);
    expect([asked, passed]).toEqual([['acme client-1'], []]);
    expect(server.figures()).toMatchObject([{ peer: 'client-1', kind: 'unix', outPages: 1 }]);
  });

  it('takes only what the configuration allows', async () => {
    const { open } = await worker();
    const lane = await open(['tcp', 'grpc']);
    expect([lane.kind, await hit(lane)]).toEqual(['tcp', 'hit']);
  });

  it('goes on to the next when one cannot be reached, with a ticket of its own', async () => {
    const { open, passed, asked } = await worker((issued) => ({
      ...issued,
      offers: issued.offers.map((offer) =>
        offer.kind === 'unix' ? { ...offer, address: '@kvtide-nobody' } : offer,
      ),
    }));
    const lane = await open(laneKinds);
    expect([lane.kind, await hit(lane), asked.length]).toEqual(['tcp', 'hit', 2]);
    expect(passed).toEqual([
      expect.stringContaining('offers none'),
      expect.stringMatching(/^unix: .*connect ECONNREFUSED/),
    ]);
  });

  it('waits for no address for ever', async () => {
    const deaf = createServer(() => {});
    await new Promise<void>((resolve) => deaf.listen('\0kvtide-deaf', resolve));
    closing.push(() => void deaf.close());
    const { open, passed } = await worker((issued) => ({
      ...issued,
      offers: [{ kind: 'unix', address: '@kvtide-deaf' }],
    }));
    const lane = await open(['unix', 'grpc'], 100);
    expect([lane.kind, passed]).toEqual([
      'grpc',
      [expect.stringContaining('did not open a lane within 100 ms')],
    ]);
  });

  it.each(['unsupported', 'exhausted'] as const)('falls back to gRPC where OpenLane is %s', async (kind) => {
    const { open, passed } = await dial([
      onRequest(workerEndpoints.openLane, () => Promise.reject(new KvError(kind, 'no lanes today'))),
    ]);
    expect((await open(laneKinds)).kind).toBe('grpc');
    expect(passed).toHaveLength(3);
  });

  it('tells what the worker says of a question that is wrong', async () => {
    const { open } = await dial([
      onRequest(workerEndpoints.openLane, () => Promise.reject(new KvError('invalid', 'another namespace'))),
    ]);
    await expect(open(laneKinds)).rejects.toMatchObject({ kind: 'invalid', message: 'another namespace' });
  });

  it('fails with the reasons when nothing is left', async () => {
    const { open } = await worker(without('unix', 'tcp'));
    await expect(open(['unix', 'tcp'])).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(
        /no lane to .* can be had \(unix: .* offers none; tcp: .* offers none\)/,
      ),
    });
  });

  it('asks as who it is', async () => {
    const { bootId, uid } = hostIdentity();
    let asked: unknown;
    const { open } = await dial([
      onRequest(workerEndpoints.openLane, async (question) => {
        asked = question;
        return {};
      }),
    ]);
    await open(['tcp', 'grpc']);
    expect(asked).toMatchObject({ namespace, name: 'client-1', bootId, uid, protocol: { major: 1 } });
  });
});

it('reads addresses of offers', () => {
  expect(laneTarget('@kvtide-ab', '10.0.0.1:4600')).toEqual({ path: '\0kvtide-ab' });
  expect(laneTarget('/run/kvtide.sock', '10.0.0.1:4600')).toEqual({ path: '/run/kvtide.sock' });
  expect(laneTarget('10.0.0.2:55', '10.0.0.1:4600')).toEqual({ host: '10.0.0.2', port: 55 });
  expect(laneTarget('0.0.0.0:55', '10.0.0.1:4600')).toEqual({ host: '10.0.0.1', port: 55 });
  expect(laneTarget('[::]:55', '[fe80::1]:4600')).toEqual({ host: 'fe80::1', port: 55 });
});
