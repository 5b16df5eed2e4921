import { describe, expect, it } from 'vitest';
import { KvError } from '../../src/core/errors.js';
import type { Lane, LaneFigures } from '../../src/transfer/lane.js';
import { LanePool } from '../../src/transfer/lanePool.js';
import { deferred } from '../rpc/echo.js';

const address = '10.0.0.1:4601';
const limits = { reopenDelayMs: 100, reopenDelayMsMax: 400 };

class StubLane implements Lane {
  readonly kind = 'tcp';
  readonly lend = null;
  isOpen = true;
  closes = 0;
  constructor(
    readonly peer: string,
    readonly moved = 0,
  ) {}
  get figures(): LaneFigures {
    const { moved } = this;
    return { gotPages: moved, gotBytes: 10 * moved, putPages: 0, putBytes: 0, lentPages: moved };
  }
  get: Lane['get'] = () => Promise.reject(new Error('not used here'));
  put: Lane['put'] = () => Promise.reject(new Error('not used here'));
  async close(): Promise<void> {
    this.isOpen = false;
    this.closes += 1;
  }
}

function newPool() {
  const under = {
    nowMs: 0,
    openings: 0,
    /** What the next openings come to. */
    next: (): Promise<Lane> => Promise.resolve(new StubLane(address)),
  };
  const pool = new LanePool({
    open: () => {
      under.openings += 1;
      return under.next();
    },
    clock: { monotonicMs: () => under.nowMs },
    limits,
  });
  return { pool, under };
}

describe('LanePool', () => {
  it('opens one lane for each worker, which those who come first share', async () => {
    const { pool, under } = newPool();
    const opening = deferred<Lane>();
    under.next = () => opening.promise;
    const uses = [pool.use(address), pool.use(address)];
    const lane = new StubLane(address);
    opening.resolve(lane);
    expect(await Promise.all(uses)).toEqual([
      { kind: 'open', lane },
      { kind: 'open', lane },
    ]);
    expect(await pool.use(address)).toEqual({ kind: 'open', lane });
    expect(under.openings).toBe(1);
    await pool.use('10.0.0.2:4601');
    expect(under.openings).toBe(2);
    expect(pool.figures().map(({ peer }) => peer)).toEqual([address, '10.0.0.2:4601']);
  });

  it('leaves the opening to the others when one gives up', async () => {
    const { pool, under } = newPool();
    const opening = deferred<Lane>();
    under.next = () => opening.promise;
    const controller = new AbortController();
    const given = pool.use(address, controller.signal);
    const other = pool.use(address);
    const reason = new Error('too late');
    controller.abort(reason);
    await expect(given).rejects.toBe(reason);
    await expect(pool.use(address, controller.signal)).rejects.toBe(reason);
    opening.resolve(new StubLane(address));
    expect((await other).kind).toBe('open');
    expect(under.openings).toBe(1);
  });

  it('opens a lane that worked and broke again at once, and sums what was moved', async () => {
    const { pool, under } = newPool();
    const first = new StubLane(address, 3);
    under.next = async () => first;
    await pool.use(address);
    first.isOpen = false;
    expect(pool.figures()).toMatchObject([{ isOpen: false, kind: 'tcp', figures: { gotPages: 3 } }]);
    under.next = async () => new StubLane(address, 4);
    expect((await pool.use(address)).kind).toBe('open');
    const figures = { gotPages: 7, gotBytes: 70, putPages: 0, putBytes: 0, lentPages: 7 };
    expect(pool.figures()).toEqual([{ peer: address, kind: 'tcp', isOpen: true, figures }]);
  });

  it('waits longer and longer before it tries again, up to a bound, and says why', async () => {
    const { pool, under } = newPool();
    const cause = new KvError('unavailable', 'nobody listens');
    under.next = () => Promise.reject(cause);
    for (const [tries, pauseMs] of [100, 200, 400, 400].entries()) {
      expect(await pool.use(address)).toEqual({ kind: 'unavailable', cause });
      under.nowMs += pauseMs - 1;
      expect(await pool.use(address)).toEqual({ kind: 'unavailable', cause });
      expect(under.openings).toBe(tries + 1);
      under.nowMs += 1;
    }
    under.next = async () => new StubLane(address, 1);
    expect((await pool.use(address)).kind).toBe('open');
  });

  it('counts a lane that broke before it moved anything as a failure', async () => {
    const { pool, under } = newPool();
    const lanes: StubLane[] = [];
    under.next = async () => {
      const lane = new StubLane(address);
      lanes.push(lane);
      return lane;
    };
    await pool.use(address);
    lanes[0]!.isOpen = false;
    expect(await pool.use(address)).toMatchObject({
      kind: 'unavailable',
      cause: { message: expect.stringContaining(`tcp lane to ${address} broke`) },
    });
    under.nowMs += 100;
    expect((await pool.use(address)).kind).toBe('open');
    lanes[1]!.isOpen = false;
    under.nowMs += 199;
    expect((await pool.use(address)).kind).toBe('unavailable');
    under.nowMs += 1;
    expect((await pool.use(address)).kind).toBe('open');
  });

  it('closes all lanes, those that are being opened included, and opens none any more', async () => {
    const { pool, under } = newPool();
    const open = new StubLane('a:1');
    under.next = async () => open;
    await pool.use('a:1');
    const opening = deferred<Lane>();
    under.next = () => opening.promise;
    const use = pool.use(address);
    const closed = pool.close();
    const late = new StubLane(address);
    opening.resolve(late);
    await closed;
    expect((await use).kind).toBe('unavailable');
    expect((await pool.use(address)).kind).toBe('unavailable');
    expect([open.closes, late.closes, under.openings]).toEqual([1, 1, 2]);
  });

  it('forgets a worker that is gone', async () => {
    const { pool, under } = newPool();
    const lane = new StubLane(address);
    under.next = async () => lane;
    await pool.use(address);
    await pool.forget(address);
    expect([lane.closes, pool.figures()]).toEqual([1, []]);
  });
});
