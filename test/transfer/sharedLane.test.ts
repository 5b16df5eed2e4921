import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { FramedLane } from '../../src/transfer/framedLane.js';
import type { LaneLend, LentPage } from '../../src/transfer/lane.js';
import { encodeHeader } from '../../src/transfer/laneFrame.js';
import type { LaneLimits } from '../../src/transfer/laneLimits.js';
import { laneOps } from '../../src/transfer/laneOps.js';
import type { Borrow } from '../../src/transfer/pageHost.js';
import { SharedLane } from '../../src/transfer/sharedLane.js';
import { attachCodes } from '../../src/transfer/sharedPayloads.js';
import { RawLane } from '../support/rawLane.js';
import { halfBytes, pageOf, type SharedServer, startSharedServer, until } from './sharedFixtures.js';

const empty = () => ({ k: new Uint8Array(halfBytes), v: new Uint8Array(halfBytes) });

function pageIn(lend: LaneLend): LentPage {
  if (lend.kind !== 'lent') throw new Error(`the page is not lent: ${lend.kind}`);
  return lend.page;
}

const firstBytes = (page: LentPage) => page.read(({ k, v }) => [k[0], v[0]]);

describe('SharedLane', () => {
  const servers: SharedServer[] = [];
  const start = async (slots: number, limits: Partial<LaneLimits> = {}, hasArena = true) => {
    const server = await startSharedServer(slots, limits, hasArena);
    servers.push(server);
    return server;
  };
  const attach = async (server: SharedServer) => SharedLane.attach(await server.link(), halfBytes);
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  it('puts through the segment and gets from the arena', async () => {
    const server = await start(4);
    const lane = await attach(server);
    expect(server.server.figures()).toMatchObject([{ kind: 'shm' }]);
    const page = pageOf(1);
    const { id, view, blockIndex, checksum } = page;
    expect(await lane.put(page)).toEqual({ kind: 'stored' });
    expect(await lane.put(page)).toEqual({ kind: 'present' });
    const into = empty();
    expect(await lane.get(id, into)).toEqual({ kind: 'hit', blockIndex, checksum });
    expect(into).toEqual(view);
    expect(await lane.get(pageOf(2).id, into)).toEqual({ kind: 'miss' });
    expect(lane.figures).toMatchObject({ gotPages: 1, putPages: 1, gotBytes: 2 * halfBytes });
    await until(() => server.host.loans === 0);
  });

  it('lends a page where it lies: the server copies nothing, and its slot stays until release', async () => {
    const server = await start(2);
    const lane = await attach(server);
    server.host.keep(pageOf(1));
    const page = pageIn(await lane.lend(pageOf(1).id));
    expect(page.verify()).toBe('right');
    expect(firstBytes(page)).toEqual({ kind: 'read', value: [pageOf(1).view.k[0], pageOf(1).view.v[0]] });
    expect(server.host.loans).toBe(1);
    expect(server.server.figures()[0]?.lentSlots).toBe(1);
    server.host.keep(pageOf(2));
    server.host.keep(pageOf(3)); // takes the slot of page 2: page 1 is held
    expect(page.verify()).toBe('right');
    page.release();
    page.release();
    await until(() => server.host.loans === 0);
    expect(page.verify()).toBe('expired');
    expect(server.server.figures()[0]?.lentSlots).toBe(0);
  });

  it('lends a copy where the page lies elsewhere, and needs no lease for it', async () => {
    const server = await start(4, {}, false);
    const lane = await attach(server);
    server.host.keep(pageOf(1));
    const page = pageIn(await lane.lend(pageOf(1).id));
    expect(server.host.loans).toBe(0);
    expect(page.verify()).toBe('right');
    const into = empty();
    expect(await lane.get(pageOf(1).id, into)).toMatchObject({ kind: 'hit' });
    expect(into).toEqual(pageOf(1).view);
    page.release();
    expect(page.verify()).toBe('expired');
  });

  it('answers throttled when a copy is needed and no slot is free, and gets go over the socket', async () => {
    const server = await start(8, {}, false);
    const lane = await attach(server);
    for (let block = 0; block < 5; block += 1) server.host.keep(pageOf(block));
    const pages: LentPage[] = [];
    for (let block = 0; block < 4; block += 1) pages.push(pageIn(await lane.lend(pageOf(block).id)));
    expect(await lane.lend(pageOf(4).id)).toEqual({ kind: 'throttled', retryAfterMs: 50 });
    const into = empty();
    expect(await lane.get(pageOf(4).id, into)).toMatchObject({ kind: 'hit' });
    expect(into).toEqual(pageOf(4).view);
    expect(await lane.put(pageOf(5))).toEqual({ kind: 'stored' });
    pages[2]?.release();
    expect(pageIn(await lane.lend(pageOf(4).id)).verify()).toBe('right');
    for (const block of [0, 1, 3]) expect(pages[block]?.verify()).toBe('right');
  });

  it('moves many at once, more than the window and the segment take', async () => {
    const server = await start(64);
    const lane = await attach(server);
    const blocks = Array.from({ length: 50 }, (_, block) => block);
    const puts = await Promise.all(blocks.map((block) => lane.put(pageOf(block))));
    expect(puts.every(({ kind }) => kind === 'stored')).toBe(true);
    const views = blocks.map(empty);
    const gets = await Promise.all(blocks.map((block) => lane.get(pageOf(block).id, views[block]!)));
    expect(gets.every(({ kind }) => kind === 'hit')).toBe(true);
    expect(views).toEqual(blocks.map((block) => pageOf(block).view));
    await until(() => server.host.loans === 0);
  });

  it('makes no segment for a connection that went while it waited for room', async () => {
    const server = await start(4, { window: 1 });
    let answer: (() => void) | undefined;
    const borrow = (): Promise<Borrow> =>
      new Promise((resolve) => {
        answer = () => resolve({ kind: 'miss' });
      });
    server.host.borrow = borrow as never;
    const raw = await RawLane.greeted(server.server, 'unix');
    const ask = { op: laneOps.attach, code: attachCodes.ask, request: 2 };
    raw.send(encodeHeader({ op: laneOps.get, request: 1, ...pageOf(1).id }), encodeHeader(ask));
    await until(() => answer !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 50)); // the second one is read, and waits
    const before = mappings();
    await server.server.close();
    await until(() => server.server.figures().length === 0);
    answer?.();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(mappings()).toBe(before);
  });

  it('bounds what one connection has on loan; beyond it pages come as copies', async () => {
    const server = await start(8, { leasesMax: 2 });
    const lane = await attach(server);
    for (let block = 0; block < 3; block += 1) server.host.keep(pageOf(block));
    const pages: LentPage[] = [];
    for (let block = 0; block < 3; block += 1) pages.push(pageIn(await lane.lend(pageOf(block).id)));
    expect(server.host.loans).toBe(2);
    expect(pages.map((page) => page.verify())).toEqual(['right', 'right', 'right']);
  });

  it('catches bytes that change between copy and check, and bytes that never matched', async () => {
    const server = await start(4);
    const lane = await attach(server);
    const page = pageOf(1);
    expect(await lane.put({ ...page, checksum: page.checksum + 1n })).toMatchObject({ kind: 'corrupt' });
    server.host.keep(page);
    const slot = server.host.borrow(page.id);
    if (slot.kind !== 'borrowed') throw new Error('no page');
    slot.loan.view.v[17]! ^= 1;
    slot.loan.giveBack();
    expect(await lane.get(page.id, empty())).toMatchObject({ kind: 'corrupt' });
    expect(pageIn(await lane.lend(page.id)).verify()).toBe('wrong');
  });

  it('takes slots back after the lease, and says expired once other bytes may lie there', async () => {
    const server = await start(1, { leaseMs: 40 });
    const lane = await attach(server);
    server.host.keep(pageOf(1));
    const page = pageIn(await lane.lend(pageOf(1).id));
    expect(page.leaseMs).toBe(40);
    await until(() => server.host.loans === 0, 1000);
    expect(page.verify()).toBe('right'); // nobody else has come yet
    let isTold = false;
    const seen = page.read(({ k }) => {
      server.host.keep(pageOf(2)); // another page comes while it is read
      isTold = true;
      return k[0];
    });
    expect(isTold).toBe(true);
    expect(seen).toEqual({ kind: 'expired' });
    expect(page.verify()).toBe('expired');
    page.release();
    expect(pageIn(await lane.lend(pageOf(2).id)).verify()).toBe('right');
  });

  it('gives back what was lent to a call that was aborted', async () => {
    const server = await start(64);
    const lane = await attach(server);
    server.host.keep(pageOf(1));
    for (let round = 0; round < 40; round += 1) {
      const abort = new AbortController();
      const lent = lane.lend(pageOf(1).id, abort.signal);
      const put = lane.put(pageOf(100 + round), abort.signal);
      abort.abort(new Error('enough'));
      await expect(lent).rejects.toThrow('enough');
      await expect(put).rejects.toThrow('enough');
    }
    expect(await lane.get(pageOf(999).id, empty())).toEqual({ kind: 'miss' }); // all before it are answered
    await until(() => server.host.loans === 0);
    // More than the segment has slots: had one leaked, copies would be throttled now.
    server.host.isPrivate = true;
    const pages = await Promise.all([1, 2, 3, 4].map(() => lane.lend(pageOf(1).id)));
    expect(pages.map(({ kind }) => kind)).toEqual(['lent', 'lent', 'lent', 'lent']);
  });

  it('answers unavailable after the connection broke, and what was lent has expired', async () => {
    const server = await start(4);
    const lane = await attach(server);
    server.host.keep(pageOf(1));
    const page = pageIn(await lane.lend(pageOf(1).id));
    const kept = page.read((view) => view);
    await server.server.close();
    await until(() => !lane.isOpen);
    expect(page.verify()).toBe('expired');
    expect(firstBytes(page)).toEqual({ kind: 'expired' });
    page.release();
    // Whoever kept a view against the rules reads zeros, and lives.
    expect(kept.kind === 'read' && kept.value.k.every((byte) => byte === 0)).toBe(true);
    expect(await lane.lend(pageOf(1).id)).toMatchObject({ kind: 'unavailable' });
    expect(await lane.put(pageOf(2))).toMatchObject({ kind: 'unavailable' });
    expect(server.host.loans).toBe(0);
  });

  it('is refused where no memory can be had, and the connection serves as a plain one', async () => {
    const server = await start(4, { segmentsBytesMax: 0 });
    server.host.keep(pageOf(1));
    const link = await server.link();
    await expect(SharedLane.attach(link, halfBytes)).rejects.toThrow('segments of 0 bytes are in use, of 0');
    const lane = new FramedLane('unix', link, halfBytes);
    expect(await lane.get(pageOf(1).id, empty())).toMatchObject({ kind: 'hit' });
    expect(server.server.figures()).toMatchObject([{ kind: 'unix' }]);
  });

  it('bounds the segments of all connections, and has room again when one goes', async () => {
    const server = await start(4, { segmentsBytesMax: 2 * 4 * 12_288 });
    const lanes = [await attach(server), await attach(server)];
    await expect(attach(server)).rejects.toThrow('are in use');
    await lanes[0]?.close();
    await until(() => server.server.figures().length === 2);
    await attach(server);
  });

  it('ends a connection that lends before it attached, and offers slots that there are not', async () => {
    const server = await start(4);
    for (const fields of [
      { op: laneOps.lend },
      { op: laneOps.attach, code: 2 },
      { op: laneOps.attach, code: 77 },
    ]) {
      const link = await server.link();
      link.tell(fields);
      await until(() => !link.isOpen);
    }
    const link = await server.link();
    await SharedLane.attach(link, halfBytes);
    link.tell({ op: laneOps.lend, code: 5, request: 1000 });
    await until(() => !link.isOpen);
    expect(server.host.loans).toBe(0);
  });

  it('leaves no mapping of its own behind', async () => {
    const server = await start(4);
    const before = mappings();
    for (let round = 0; round < 5; round += 1) await (await attach(server)).close();
    await until(() => server.server.figures().length === 0);
    expect(mappings()).toBe(before);
  });
});

function mappings(): number {
  return (readFileSync('/proc/self/maps', 'utf8').match(/memfd:kvtide/g) ?? []).length;
}
