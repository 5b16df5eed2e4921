import { connect } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { issueCertificate, makeAuthority, type PemPair } from '../../src/cli/certificateAuthority.js';
import type { Identity } from '../../src/core/identity.js';
import type { Refusal } from '../../src/core/ports/securityObserver.js';
import { systemClock } from '../../src/observe/systemClock.js';
import type { LiveCertificates } from '../../src/rpc/certificateSet.js';
import { FramedLane } from '../../src/transfer/framedLane.js';
import { defaultLaneLimits } from '../../src/transfer/laneLimits.js';
import { LaneLink } from '../../src/transfer/laneLink.js';
import type { LaneServer } from '../../src/transfer/laneServer.js';
import { laneTarget } from '../../src/transfer/openLane.js';
import { startLanes, testHalfBytes } from '../support/framedLanes.js';
import { HeapSlab } from '../support/heapSlab.js';
import { StubPageHost } from '../support/stubPageHost.js';
import { emptyPage, fillPage, pageId, sealedPage } from '../support/testPages.js';

/** The machine may be busy. */
const patient = { timeout: 20_000 };

const pageBytes = 2 * testHalfBytes;
const acme: Identity = { role: 'client', tenant: 'acme', name: 'laptop' };
const servers: LaneServer[] = [];
let ca: PemPair;
let worker: PemPair;
let client: PemPair;

beforeAll(async () => {
  ca = await makeAuthority('test', 1);
  worker = await issueCertificate(ca, { role: 'worker', name: 'w', hosts: ['127.0.0.1'], days: 1 });
  client = await issueCertificate(ca, { role: 'client', name: 'laptop', tenant: 'acme', days: 1 });
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve() {
  const host = new StubPageHost(new HeapSlab(8 * pageBytes), testHalfBytes);
  host.store(pageId(1), 7, (view) => fillPage(view, 1));
  const set = { ca: Buffer.from(ca.cert), cert: Buffer.from(worker.cert), key: Buffer.from(worker.key) };
  const certificates: LiveCertificates = { current: () => set, onChange: () => () => {} };
  const refusals: Refusal[] = [];
  const tickets: (string | null)[] = [];
  const observer = { refused: (one: Refusal) => void refusals.push(one), acted: () => {} };
  const server = await startLanes(host, {
    listen: { tcpHost: '127.0.0.1', unix: false, tls: { certificates, observer } },
    observer: { ticketRefused: (_peer, presenter) => void tickets.push(presenter?.name ?? null) },
  });
  servers.push(server);
  return { server, refusals, tickets };
}

const invite = (server: LaneServer, identity: Identity) =>
  server.issue({ tenant: 'acme', name: 'tester', identity, sameHost: false });

function dial(server: LaneServer, ticket: Uint8Array, pair: Partial<PemPair> = client): Promise<LaneLink> {
  const [offer] = invite(server, acme).offers;
  return LaneLink.open({
    target: laneTarget(offer!.address, '127.0.0.1:1'),
    tls: { ca: ca.cert, ...pair },
    peer: '127.0.0.1:1',
    ticket,
    clock: systemClock,
    limits: defaultLaneLimits,
  });
}

describe('lanes over TLS', () => {
  it('carry whole pages both ways', async () => {
    const { server } = await serve();
    const lane = new FramedLane('tcp', await dial(server, invite(server, acme).ticket), testHalfBytes);
    const page = emptyPage(testHalfBytes);
    expect((await lane.get(pageId(1), page)).kind).toBe('hit');
    expect(page.k[1]).toBe((31 + 13) & 0xff); // as fillPage made it
    const put = sealedPage(5, testHalfBytes);
    expect((await lane.put(put)).kind).toBe('stored');
    const back = emptyPage(testHalfBytes);
    expect((await lane.get(pageId(5), back)).kind).toBe('hit');
    expect(back).toEqual(put.view);
    await lane.close();
  });

  it('refuse a ticket that was used, guessed, or given to somebody else', async () => {
    const { server, tickets } = await serve();
    const { ticket } = invite(server, acme);
    const first = await dial(server, ticket);
    await expect(dial(server, ticket)).rejects.toThrow('the ticket is unknown, used or too old');
    await expect(dial(server, Buffer.alloc(32, 1))).rejects.toThrow('the ticket is unknown');
    const beta = { role: 'client', tenant: 'beta', name: 'laptop' } as const;
    await expect(dial(server, invite(server, beta).ticket)).rejects.toThrow('the ticket is unknown');
    expect(tickets).toEqual(['laptop', 'laptop', 'laptop']);
    await first.close();
  });

  it('take no connection without a certificate, in the clear, or of another authority', async () => {
    const { server, refusals } = await serve();
    const other = await makeAuthority('test', 1);
    const stranger = await issueCertificate(other, { role: 'client', name: 'x', tenant: 'acme', days: 1 });
    await expect(dial(server, invite(server, acme).ticket, {})).rejects.toMatchObject({
      kind: 'unavailable',
    });
    await expect(dial(server, invite(server, acme).ticket, stranger)).rejects.toMatchObject({
      kind: 'unavailable',
    });
    const socket = connect(laneTarget(invite(server, acme).offers[0]!.address, '127.0.0.1:1'));
    socket.on('error', () => {});
    socket.write(Buffer.alloc(64));
    await new Promise((resolve) => socket.once('close', resolve));
    await expect.poll(() => refusals.length, patient).toBeGreaterThanOrEqual(3);
    expect(refusals.slice(0, 2)).toMatchObject([
      { reason: 'no_certificate' },
      { reason: 'unknown_authority' },
    ]);
  });
});
