import { afterEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { encodeHeader, type FrameFields } from '../../src/transfer/laneFrame.js';
import type { LaneLimits } from '../../src/transfer/laneLimits.js';
import { laneOps } from '../../src/transfer/laneOps.js';
import type { LaneServer, LaneServerOptions } from '../../src/transfer/laneServer.js';
import { linkTo, openFramedLane, startLanes, testHalfBytes } from '../support/framedLanes.js';
import { HeapSlab } from '../support/heapSlab.js';
import { RawLane } from '../support/rawLane.js';
import { StubPageHost } from '../support/stubPageHost.js';
import { emptyPage, fillPage, pageId, sealedPage } from '../support/testPages.js';

const pageBytes = 2 * testHalfBytes;
const servers: LaneServer[] = [];

async function serve(
  limits: Partial<LaneLimits> = {},
  options: Partial<Omit<LaneServerOptions, 'limits'>> = {},
) {
  const host = new StubPageHost(new HeapSlab(8 * pageBytes), testHalfBytes);
  host.store(pageId(1), 7, (view) => fillPage(view, 1));
  const server = await startLanes(host, { ...options, limits });
  servers.push(server);
  return { host, server };
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const header = (fields: FrameFields): Buffer => encodeHeader(fields);
const put = (number: number) => header({ op: laneOps.put, ...pageId(number), payloadBytes: pageBytes });
const get = (number: number, request = 1) => header({ op: laneOps.get, request, ...pageId(number) });
const damaged = (bytes: Buffer, at: number, value: number): Buffer => {
  bytes[at] = value;
  return bytes;
};

/** What a stranger may send, before hello and after it, and what it is told. */
const bad: readonly [string, 'strange' | 'greeted', (server: LaneServer) => Uint8Array, string][] = [
  [
    'another magic',
    'strange',
    () => damaged(get(1), 0, 0),
    'invalid\na frame starts with 0x46545600, not with KVTF',
  ],
  [
    'another version',
    'strange',
    () => damaged(get(1), 4, 9),
    'invalid\na frame has version 9; this build speaks 1',
  ],
  ['HTTP', 'strange', () => Buffer.from(`GET / HTTP/1.1\r\n${'x'.repeat(64)}`), 'not with KVTF'],
  ['get before hello', 'strange', () => get(1), 'invalid\nget came before hello'],
  ['an op that is none', 'strange', () => header({ op: 200 }), 'invalid\nop 200 came before hello'],
  [
    'a long hello',
    'strange',
    () => header({ op: laneOps.hello, payloadBytes: 0xffff_ffff }),
    'invalid\nhello has a payload of 4294967295 bytes; it is 32 here',
  ],
  [
    'a ticket that was guessed',
    'strange',
    () => Buffer.concat([header({ op: laneOps.hello, payloadBytes: 32 }), Buffer.alloc(32, 1)]),
    'invalid\nthe ticket is unknown, used or too old',
  ],
  [
    'hello twice',
    'greeted',
    (server) => {
      const { ticket } = server.issue({ tenant: 'acme', name: 'raw', sameHost: true });
      return Buffer.concat([header({ op: laneOps.hello, payloadBytes: 32 }), ticket]);
    },
    'invalid\nhello is nothing to ask here',
  ],
  [
    'what only servers send',
    'greeted',
    () => header({ op: laneOps.page }),
    'invalid\npage is nothing to ask here',
  ],
  [
    'get with a payload',
    'greeted',
    () => header({ op: laneOps.get, payloadBytes: 1 }),
    'invalid\nget has a payload of 1 bytes; it is 0 here',
  ],
  [
    'a page that is too long',
    'greeted',
    () => header({ op: laneOps.put, payloadBytes: pageBytes + 1 }),
    `invalid\nput has a payload of ${pageBytes + 1} bytes; it is ${pageBytes} here`,
  ],
  [
    'a page of 4 GiB',
    'greeted',
    () => header({ op: laneOps.put, payloadBytes: 0xffff_ffff }),
    'invalid\nput has a payload of 4294967295 bytes',
  ],
  [
    'a layer of another worker',
    'greeted',
    () => header({ op: laneOps.get, layer: 8 }),
    'invalid\nlayer 8 is not served here; there are 0 to 7',
  ],
];

describe.each(['tcp', 'unix'] as const)('a server of lanes over %s', (kind) => {
  it.each(bad)('closes the connection of who sends %s, and says why', async (_, state, bytes, text) => {
    const { host, server } = await serve();
    const good = await openFramedLane(server, kind);
    const raw = await (state === 'strange' ? RawLane.dial(server, kind) : RawLane.greeted(server, kind));
    raw.send(bytes(server), Buffer.alloc(300_000)); // what follows a bad frame is not read as frames
    expect(await raw.farewell()).toContain(text);
    expect((await good.get(pageId(1), emptyPage(testHalfBytes))).kind).toBe('hit');
    expect([host.pages, host.held]).toEqual([1, 0]);
    await good.close();
  });

  it('takes a ticket once', async () => {
    const { server } = await serve();
    const { ticket } = server.issue({ tenant: 'acme', name: 'raw', sameHost: true });
    const hello = Buffer.concat([header({ op: laneOps.hello, payloadBytes: 32 }), ticket]);
    const first = await RawLane.dial(server, kind);
    first.send(hello);
    await first.waitFor(({ header: { op } }) => op === laneOps.welcome);
    const second = await RawLane.dial(server, kind);
    second.send(hello);
    expect(await second.farewell()).toContain('invalid\nthe ticket is unknown');
    expect(first.isClosed).toBe(false);
  });

  it('forgets a page that was cut off', async () => {
    const { host, server } = await serve();
    const raw = await RawLane.greeted(server, kind);
    raw.send(put(2), Buffer.alloc(testHalfBytes + 5));
    await expect.poll(() => host.held).toBe(1);
    raw.socket.destroy();
    await expect.poll(() => [host.held, host.abandoned]).toEqual([0, 1]);
    expect(host.pages).toBe(1);
  });

  it('forgets a page that was cut off while room was looked for', async () => {
    const { host, server } = await serve();
    const raw = await RawLane.greeted(server, kind);
    let found: (() => void) | undefined;
    host.onReserve = (id) =>
      new Promise((resolve) => {
        found = () => resolve(host.makeRoom(id, { blockIndex: 0, checksum: 0n }));
      });
    raw.send(put(2), Buffer.alloc(1000));
    await expect.poll(() => found).toBeDefined();
    await server.close();
    found?.();
    await expect.poll(() => [host.held, host.abandoned]).toEqual([0, 1]);
  });
});

describe('a server of lanes', () => {
  it('does not wait for a hello, a frame or a reader for ever', async () => {
    const clock = new SimulatedClock();
    const { host, server } = await serve({ helloMs: 2000, frameMs: 5000, queuedBytesMax: 1 }, { clock });
    const silent = await RawLane.dial(server);
    const slow = await RawLane.greeted(server);
    const deaf = await RawLane.greeted(server);
    const idle = await openFramedLane(server, 'tcp');
    silent.send(header({ op: laneOps.hello, payloadBytes: 32 }), Buffer.alloc(31));
    slow.send(put(2), Buffer.alloc(10));
    deaf.socket.pause();
    // Nothing else is put into the kernel's buffers, which take some pages.
    for (let request = 0; request < 64; request += 1) deaf.send(get(1, request));
    await expect.poll(() => host.held).toBe(2);
    await clock.advance(2600);
    expect(await silent.farewell()).toBe('timedOut\nno hello came within 2000 ms');
    expect([slow.isClosed, deaf.isClosed]).toEqual([false, false]);
    await clock.advance(4000);
    expect(await slow.farewell()).toBe('timedOut\na frame did not come whole within 5000 ms');
    await expect.poll(() => [host.held, server.figures().length]).toEqual([0, 1]);
    await clock.advance(60_000);
    expect((await idle.get(pageId(1), emptyPage(testHalfBytes))).kind).toBe('hit');
    await idle.close();
  });

  it('gives a page that comes in many pieces its time, piece by piece', async () => {
    const clock = new SimulatedClock();
    const { host, server } = await serve({ frameMs: 5000 }, { clock });
    const raw = await RawLane.greeted(server);
    for (let request = 0; request < 5; request += 1) {
      raw.send(header({ op: laneOps.get, request, payloadBytes: 0 }).subarray(0, 20));
      await clock.advance(4000);
      raw.send(header({ op: laneOps.get, request, payloadBytes: 0 }).subarray(20));
      await raw.waitFor((frame) => frame.header.op === laneOps.answer && frame.header.request === request);
    }
    expect([raw.isClosed, host.held]).toEqual([false, 0]);
  });

  it('leaves requests unread while too much waits to be sent, or the window is full', async () => {
    const { host, server } = await serve({ window: 4, queuedBytesMax: 3 * pageBytes });
    let asked = 0;
    const waiting: (() => void)[] = [];
    host.onBorrow = (id) => {
      asked += 1;
      return new Promise((resolve) => waiting.push(() => resolve(host.lend(id))));
    };
    const raw = await RawLane.greeted(server);
    for (let request = 0; request < 48; request += 1) raw.send(get(1, request));
    await expect.poll(() => asked).toBe(4);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(asked).toBe(4);
    raw.socket.pause();
    let most = 0;
    host.onBorrow = (id) => {
      asked += 1;
      const borrowed = host.lend(id);
      most = Math.max(most, host.held);
      return borrowed;
    };
    for (const answer of waiting.splice(0)) answer();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(most).toBeLessThanOrEqual(4 + 3); // the window, and what was queued
    expect(asked).toBeLessThan(40);
    raw.socket.resume();
    await raw.waitFor((frame) => frame.header.request === 47);
    expect([asked, raw.frames().length]).toEqual([48, 49]);
    await expect.poll(() => host.held).toBe(0);
  });

  it('reads on past a page that it has no room for', async () => {
    const { host, server } = await serve({}, { direct: false });
    host.onReserve = () => ({ kind: 'full' });
    const raw = await RawLane.greeted(server);
    raw.send(put(2), Buffer.alloc(pageBytes), get(1, 9));
    await raw.waitFor((frame) => frame.header.op === laneOps.page && frame.header.request === 9);
  });

  it('holds a bounded number of connections and of tickets', async () => {
    const { server } = await serve({ connectionsMax: 2, ticketsMax: 5 });
    const first = await linkTo(server, 'tcp');
    const second = await linkTo(server, 'unix');
    await expect(linkTo(server, 'tcp')).rejects.toMatchObject({
      kind: 'exhausted',
      message: '127.0.0.1:4600 closed the lane: 2 lanes are open here; try again later',
    });
    await first.close();
    await expect.poll(() => server.figures().length).toBe(1);
    await (await linkTo(server, 'tcp')).close();
    await second.close();
    const issue = () => server.issue({ tenant: 'acme', name: 'raw', sameHost: false });
    expect(() => Array.from({ length: 6 }, issue)).toThrow('5 tickets for lanes are out; try again later');
  });

  it('tells who is connected, over what, and what moved', async () => {
    const seen: string[] = [];
    const { server } = await serve(
      {},
      {
        observer: {
          opened: (peer, kind) => seen.push(`${peer} ${kind}`),
          closed: ({ peer, kind }, cause) => seen.push(`${peer} ${kind} ${cause.kind}`),
        },
      },
    );
    const lane = await openFramedLane(server, 'unix');
    await lane.put(sealedPage(2, testHalfBytes));
    await lane.put(sealedPage(2, testHalfBytes));
    await lane.get(pageId(1), emptyPage(testHalfBytes));
    const moved = { outPages: 1, outBytes: pageBytes, inPages: 1, inBytes: pageBytes, lentSlots: 0 };
    expect(server.figures()).toEqual([{ peer: 'tester', kind: 'unix', ...moved }]);
    const raw = await RawLane.dial(server);
    raw.send(Buffer.alloc(64));
    await raw.farewell();
    await lane.close();
    await expect.poll(() => seen).toEqual(['tester unix', ' tcp invalid', 'tester unix unavailable']);
    expect(server.figures()).toEqual([]);
  });

  it('offers what the asker can use, best first', async () => {
    const { server } = await serve({}, { extensions: [{ kind: 'shm', ops: new Map() }] });
    const kinds = (sameHost: boolean) =>
      server.issue({ tenant: 'acme', name: 'raw', sameHost }).offers.map(({ kind }) => kind);
    expect([kinds(true), kinds(false)]).toEqual([['shm', 'unix', 'tcp'], ['tcp']]);
    const { server: bare } = await serve({}, { listen: { tcpHost: null, unix: false } });
    expect(bare.issue({ tenant: 'acme', name: 'raw', sameHost: true }).offers).toEqual([]);
  });
});
