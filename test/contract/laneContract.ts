import { afterEach, describe, expect, it } from 'vitest';
import { KvError } from '../../src/core/errors.js';
import type { Lane } from '../../src/transfer/lane.js';
import type { Borrow, Reserve } from '../../src/transfer/pageHost.js';
import { deferred } from '../rpc/echo.js';
import type { StubPageHost } from '../support/stubPageHost.js';
import { emptyPage, fillPage, pageId, sealedPage } from '../support/testPages.js';

export interface LaneUnderTest {
  readonly lane: Lane;
  /** What the lane serves, with room for `laneContractPages` pages and not for one more. */
  readonly host: StubPageHost;
  /** The serving end goes, whatever is under way. */
  cut(): void;
  dispose(): Promise<void>;
}

export const laneContractPages = 24;

/** What every lane must do, over any host of pages. `make` opens one to an empty host. */
export function laneContract(name: string, make: () => Promise<LaneUnderTest>): void {
  describe(`${name} as a lane`, () => {
    const made: LaneUnderTest[] = [];
    const open = async () => {
      const under = await make();
      made.push(under);
      const { lane, host } = under;
      const { halfBytes } = host;
      const page = (number: number) => sealedPage(number, halfBytes);
      const store = (number: number) =>
        host.store(pageId(number), 1000 + number, (view) => fillPage(view, number));
      const get = async (number: number) => {
        const into = emptyPage(halfBytes);
        return { outcome: await lane.get(pageId(number), into), into };
      };
      return { ...under, halfBytes, page, store, get };
    };
    afterEach(async () => {
      for (const under of made.splice(0)) await under.dispose();
    });

    it('brings a page back as it was given, with its seal', async () => {
      const { lane, host, halfBytes, page, get } = await open();
      expect(await lane.put(page(1))).toEqual({ kind: 'stored' });
      expect(await lane.put(page(2))).toEqual({ kind: 'stored' });
      for (const number of [2, 1]) {
        const { view, checksum, blockIndex } = page(number);
        const { outcome, into } = await get(number);
        expect(outcome).toEqual({ kind: 'hit', checksum, blockIndex });
        expect(Buffer.compare(into.k, view.k) || Buffer.compare(into.v, view.v)).toBe(0);
        expect(Buffer.compare(host.stored(pageId(number)).v, view.v)).toBe(0);
      }
      const bytes = 4 * halfBytes;
      expect(lane.figures).toMatchObject({ gotPages: 2, gotBytes: bytes, putPages: 2, putBytes: bytes });
      await expect.poll(() => host.held).toBe(0);
    });

    it('tells a page that is not there, one that is already, and that there is no room', async () => {
      const { lane, host, page, get } = await open();
      expect((await get(1)).outcome).toEqual({ kind: 'miss' });
      expect(await lane.put(page(1))).toEqual({ kind: 'stored' });
      expect(await lane.put(page(1))).toEqual({ kind: 'present' });
      expect(await lane.get({ ...pageId(1), layer: 4 }, emptyPage(host.halfBytes))).toEqual({ kind: 'miss' });
      for (let number = 2; number <= laneContractPages; number += 1) await lane.put(page(number));
      expect(await lane.put(page(99))).toEqual({ kind: 'full' });
      expect((await get(laneContractPages)).outcome.kind).toBe('hit');
      expect(host.pages).toBe(laneContractPages);
      await expect.poll(() => host.held).toBe(0);
    });

    it('refuses bytes that do not match their checksum, and forgets them', async () => {
      const { lane, host, page, get } = await open();
      const { checksum } = page(1);
      expect((await lane.put({ ...page(1), checksum: checksum ^ 1n })).kind).toBe('corrupt');
      expect(host.pages).toBe(0);
      await expect.poll(() => host.held).toBe(0);
      expect((await get(1)).outcome).toEqual({ kind: 'miss' });
      expect(await lane.put(page(1))).toEqual({ kind: 'stored' });
    });

    it.each(['k', 'v'] as const)('never brings a page whose %s lies there damaged', async (half) => {
      const { host, store, get } = await open();
      store(1);
      host.stored(pageId(1))[half][host.halfBytes - 1]! ^= 0x10;
      expect((await get(1)).outcome.kind).toBe('corrupt');
      await expect.poll(() => host.held).toBe(0);
    });

    it.each([false, true])('passes on what the host says of a page asked for (later: %s)', async (later) => {
      const { host, get } = await open();
      const says = async (borrow: Borrow) => {
        host.onBorrow = () => (later ? Promise.resolve(borrow) : borrow);
        return (await get(1)).outcome;
      };
      expect(await says({ kind: 'corrupt', reason: 'its header' })).toEqual({
        kind: 'corrupt',
        reason: 'its header',
      });
      expect(await says({ kind: 'throttled', retryAfterMs: 70 })).toEqual({
        kind: 'throttled',
        retryAfterMs: 70,
      });
      expect(await says({ kind: 'miss' })).toEqual({ kind: 'miss' });
      const failed = await says({ kind: 'failed', cause: new Error('the disk is on fire') });
      expect(failed).toMatchObject({
        kind: 'unavailable',
        cause: { message: expect.stringContaining('on fire') },
      });
      expect((await says({ kind: 'cancelled' })).kind).toBe('unavailable');
    });

    it.each([false, true])('passes on what the host says of a page given (later: %s)', async (later) => {
      const { lane, host, page } = await open();
      const says = (reserve: Reserve) => {
        host.onReserve = () => (later ? Promise.resolve(reserve) : reserve);
        return lane.put(page(1));
      };
      expect(await says({ kind: 'throttled', retryAfterMs: 70 })).toEqual({
        kind: 'throttled',
        retryAfterMs: 70,
      });
      expect(await says({ kind: 'present' })).toEqual({ kind: 'present' });
      expect(await says({ kind: 'full' })).toEqual({ kind: 'full' });
      const failed = await says({ kind: 'failed', cause: new KvError('internal', 'no more slots') });
      expect(failed).toMatchObject({
        kind: 'unavailable',
        cause: { message: expect.stringContaining('no more slots') },
      });
      expect((await says({ kind: 'cancelled' })).kind).toBe('unavailable');
      host.onReserve = () => undefined;
      expect(await lane.put(page(1))).toEqual({ kind: 'stored' });
    });

    it('answers when a page is completed later, and when that fails', async () => {
      const { lane, host, page } = await open();
      const ends = [{ kind: 'full' } as const, { kind: 'failed', cause: new Error('no flush') } as const];
      host.onReserve = (id) => {
        const made = host.makeRoom(id, page(1));
        if (made.kind !== 'room') return made;
        const { room } = made;
        const complete = async () => {
          room.abandon();
          return ends.shift()!;
        };
        return { kind: 'room', room: { ...room, complete } };
      };
      expect(await lane.put(page(1))).toEqual({ kind: 'full' });
      const failed = await lane.put(page(1));
      expect(failed).toMatchObject({
        kind: 'unavailable',
        cause: { message: expect.stringContaining('no flush') },
      });
      expect(host.pages).toBe(0);
      await expect.poll(() => host.held).toBe(0);
    });

    it('refuses views of another size, and goes on', async () => {
      const { lane, host, halfBytes, page, store, get } = await open();
      store(1);
      const short = emptyPage(halfBytes - 1);
      const wrong = { kind: 'unavailable', cause: { kind: 'invalid' } };
      expect(await lane.get(pageId(1), short)).toMatchObject(wrong);
      expect(await lane.put({ ...page(2), view: short })).toMatchObject(wrong);
      expect((await get(1)).outcome.kind).toBe('hit');
      expect([host.pages, lane.isOpen]).toEqual([1, true]);
    });

    it('moves many pages at once, both ways, also beyond its window', async () => {
      const { lane, host, page, store, get } = await open();
      const numbers = Array.from({ length: laneContractPages / 2 }, (_, i) => i);
      for (const number of numbers) store(number);
      // Some come late, so that answers overtake each other.
      host.onBorrow = (id) => (Math.random() < 0.5 ? Promise.resolve().then(() => host.lend(id)) : undefined);
      const gets = [...numbers, ...numbers, ...numbers, ...numbers].map(async (number) => {
        const { outcome, into } = await get(number);
        return outcome.kind === 'hit' && Buffer.compare(into.v, page(number).view.v) === 0;
      });
      const puts = numbers.map((number) => lane.put(page(100 + number)));
      expect(await Promise.all(gets)).not.toContain(false);
      expect(new Set((await Promise.all(puts)).map(({ kind }) => kind))).toEqual(new Set(['stored']));
      expect(host.pages).toBe(laneContractPages);
      await expect.poll(() => host.held).toBe(0);
    });

    it('rejects with the reason of a signal, and goes on', async () => {
      const { lane, host, halfBytes, page, store, get } = await open();
      store(1);
      const reason = new Error('the step is over');
      const into = emptyPage(halfBytes);
      await expect(lane.get(pageId(1), into, AbortSignal.abort(reason))).rejects.toBe(reason);
      await expect(lane.put(page(2), AbortSignal.abort(reason))).rejects.toBe(reason);

      const gate = deferred<void>();
      const asked = deferred<void>();
      host.onBorrow = (id) => {
        asked.resolve();
        return gate.promise.then(() => host.lend(id));
      };
      const waiting = new AbortController();
      const call = lane.get(pageId(1), into, waiting.signal);
      await asked.promise;
      waiting.abort(reason);
      await expect(call).rejects.toBe(reason);
      gate.resolve();
      host.onBorrow = () => undefined;
      expect((await get(1)).outcome.kind).toBe('hit');
      // Nobody wanted it any more: not a byte of it may come.
      expect(into.k.some((byte) => byte !== 0)).toBe(false);
      await expect.poll(() => host.held).toBe(0);
    });

    it('gives up calls that wait for room in the window', async () => {
      const { lane, host, halfBytes, store, get } = await open();
      store(1);
      const gate = deferred<void>();
      host.onBorrow = (id) => gate.promise.then(() => host.lend(id));
      const controller = new AbortController();
      const calls = Array.from({ length: 64 }, () =>
        lane.get(pageId(1), emptyPage(halfBytes), controller.signal).catch((thrown: unknown) => thrown),
      );
      const reason = new Error('never mind');
      controller.abort(reason);
      expect(new Set(await Promise.all(calls))).toEqual(new Set([reason]));
      gate.resolve();
      host.onBorrow = () => undefined;
      expect((await get(1)).outcome.kind).toBe('hit');
      await expect.poll(() => host.held).toBe(0);
    });

    it('answers unavailable when the other side goes, to all who wait and all who come', async () => {
      const { lane, host, page, store, get, cut } = await open();
      store(1);
      const asked = deferred<void>();
      let count = 0;
      const gate = deferred<void>();
      host.onBorrow = async (id) => {
        count += 1;
        if (count === 2) asked.resolve();
        await gate.promise;
        return host.lend(id);
      };
      host.onReserve = async (id) => {
        await gate.promise;
        return host.makeRoom(id, page(2));
      };
      const calls = [
        get(1).then(({ outcome }) => outcome),
        get(1).then(({ outcome }) => outcome),
        lane.put(page(2)),
      ];
      await asked.promise;
      cut();
      for (const call of calls) expect((await call).kind).toBe('unavailable');
      expect(lane.isOpen).toBe(false);
      expect((await get(1)).outcome.kind).toBe('unavailable');
      expect((await lane.put(page(2))).kind).toBe('unavailable');
      gate.resolve();
      await expect.poll(() => host.held).toBe(0);
    });

    it('answers unavailable to calls under way when it is closed', async () => {
      const { lane, host, store, get } = await open();
      store(1);
      const asked = deferred<void>();
      const gate = deferred<void>();
      host.onBorrow = (id) => {
        asked.resolve();
        return gate.promise.then(() => host.lend(id));
      };
      const call = get(1);
      await asked.promise;
      await lane.close();
      expect((await call).outcome.kind).toBe('unavailable');
      expect([lane.isOpen, (await get(1)).outcome.kind]).toEqual([false, 'unavailable']);
      gate.resolve();
      await expect.poll(() => host.held).toBe(0);
      await lane.close();
    });
  });
}
