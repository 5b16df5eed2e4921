import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdmissionQueue, type Fit } from '../../src/coordinator/admissionQueue.js';

interface Request {
  readonly tenant: string;
  readonly size: number;
}

const bounds = {
  admissionQueueMax: 12,
  admissionQueueTenantMax: 6,
  admissionPassesMax: 3,
  admissionBlockMsMax: 100,
};
const budget = 10;

/** A budget of one number, requests that hold some of it until they end, and what is known of each turn. */
class Room {
  readonly queue = new AdmissionQueue<Request>(bounds);
  readonly waiting: Request[] = [];
  readonly live: Request[] = [];
  /** When each tenant went to the end of the turns. */
  readonly turns = new Map<string, number>();
  readonly passes = new Map<Request, number>();
  nowMs = 0;
  #moments = 0;

  get used(): number {
    return this.live.reduce((sum, { size }) => sum + size, 0);
  }

  fitOf = ({ size }: Request): Fit => {
    if (size > budget) return 'never';
    return this.used + size <= budget ? 'now' : 'later';
  };

  /** The request that waits longest of each tenant, in order of the turns. */
  heads(): Request[] {
    const of = (tenant: string) => this.waiting.find((request) => request.tenant === tenant);
    return [...this.turns.keys()]
      .flatMap((tenant) => of(tenant) ?? [])
      .sort((a, b) => this.turns.get(a.tenant)! - this.turns.get(b.tenant)!);
  }

  ask(tenant: string, size: number): 'queued' | 'full' {
    if (this.queue.fullFor(tenant) !== null) return 'full';
    this.#moments += 1;
    if (!this.waiting.some((request) => request.tenant === tenant)) this.turns.set(tenant, this.#moments);
    const request = { tenant, size };
    this.waiting.push(request);
    this.queue.add(request);
    return 'queued';
  }

  take(): Request | null {
    const heads = this.heads();
    const next = this.queue.take(this.fitOf, this.nowMs);
    if (next === null) return null;
    // One that all others had to wait for passes nobody.
    const passed = (this.passes.get(next) ?? 0) >= bounds.admissionPassesMax ? 0 : heads.indexOf(next);
    const before = heads.slice(0, passed).filter((head) => this.fitOf(head) === 'later');
    for (const head of before) this.passes.set(head, (this.passes.get(head) ?? 0) + 1);
    this.waiting.splice(this.waiting.indexOf(next), 1);
    this.live.push(next);
    this.#moments += 1;
    this.turns.set(next.tenant, this.#moments);
    return next;
  }

  remove(request: Request): void {
    expect(this.queue.remove((other) => other === request)).toEqual([request]);
    this.waiting.splice(this.waiting.indexOf(request), 1);
  }
}

/** What is admitted next by the rules, told from the outside. */
function expected(room: Room): Request | null {
  const heads = room.heads();
  const passedOften = ({ passes }: Room, head: Request) =>
    (passes.get(head) ?? 0) >= bounds.admissionPassesMax;
  const first = heads.find((head) => passedOften(room, head) && room.fitOf(head) !== 'never');
  const mayGo = first === undefined ? heads : [first];
  return mayGo.find((head) => room.fitOf(head) === 'now') ?? null;
}

const tenants = ['a', 'b', 'c'];
const actions = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('ask' as const),
      tenant: fc.constantFrom(...tenants),
      size: fc.integer({ min: 1, max: 12 }),
    }),
    fc.record({ kind: fc.constant('end' as const), at: fc.nat(20) }),
    fc.record({ kind: fc.constant('gone' as const), at: fc.nat(20) }),
  ),
  { minLength: 1, maxLength: 120 },
);

describe('AdmissionQueue', () => {
  it('keeps to the budget, to the order within a tenant, to the turns and to its bounds', () => {
    fc.assert(
      fc.property(actions, (list) => {
        const room = new Room();
        for (const action of list) {
          if (action.kind === 'ask') {
            const own = room.waiting.filter(({ tenant }) => tenant === action.tenant).length;
            const isFull =
              room.waiting.length >= bounds.admissionQueueMax || own >= bounds.admissionQueueTenantMax;
            expect(room.ask(action.tenant, action.size)).toBe(isFull ? 'full' : 'queued');
          } else if (action.kind === 'end') {
            room.live.splice(action.at % Math.max(1, room.live.length), 1);
          } else {
            const gone = room.waiting[action.at % Math.max(1, room.waiting.length)];
            if (gone !== undefined) room.remove(gone);
          }
          for (;;) {
            const next = expected(room);
            expect(room.take()).toBe(next);
            if (next === null) break;
          }
          expect(room.used).toBeLessThanOrEqual(budget);
          expect(room.queue.size).toBe(room.waiting.length);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('admits each waiting tenant that fits once between two admissions of another', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...tenants), { minLength: 6, maxLength: 12 }), (askers) => {
        const room = new Room();
        // Every request needs all: one is admitted when the one before has ended.
        for (const tenant of askers) room.ask(tenant, budget);
        const order: string[] = [];
        for (let next = room.take(); next !== null; next = room.take()) {
          order.push(next.tenant);
          room.live.length = 0;
        }
        const waited = askers.filter(
          (tenant, at) => askers.slice(0, at + 1).filter((t) => t === tenant).length <= 6,
        );
        expect(order.toSorted()).toEqual(waited.toSorted());
        order.forEach((tenant, at) => {
          const again = order.indexOf(tenant, at + 1);
          if (again < 0) return;
          const between = order.slice(at + 1, again);
          for (const other of new Set(order.slice(again)))
            if (other !== tenant) expect(between).toContain(other);
        });
      }),
    );
  });

  it('does not let small requests starve a large one', () => {
    const room = new Room();
    room.ask('small', 4);
    room.take();
    room.ask('large', 9);
    let passed = 0;
    for (let round = 0; round < 10; round += 1) {
      room.ask('small', 4);
      const next = room.take();
      if (next === null) break;
      expect(next.tenant).toBe('small');
      passed += 1;
      room.live.shift();
    }
    expect(passed).toBe(bounds.admissionPassesMax);
    room.live.length = 0;
    expect(room.take()?.tenant).toBe('large');
  });

  it('lets others go on when they have waited for a large one for long', () => {
    const room = new Room();
    room.ask('lasting', 4);
    room.take();
    room.ask('large', 9);
    room.ask('larger', 10);
    const passing = () => {
      for (let passed = 0; ; passed += 1) {
        room.ask('small', 4);
        if (room.queue.take(room.fitOf, room.nowMs) === null) return passed;
      }
    };
    expect(passing()).toBe(bounds.admissionPassesMax);
    room.nowMs = bounds.admissionBlockMsMax - 1;
    expect(room.queue.unblock(room.nowMs)).toBe(false);
    expect(passing()).toBe(0);
    room.nowMs += 1;
    expect(room.queue.unblock(room.nowMs)).toBe(true);
    expect(passing()).toBe(bounds.admissionPassesMax);
    expect(room.queue.unblock(room.nowMs)).toBe(false);
  });

  it('passes by a request that the cluster could not hold at present', () => {
    const room = new Room();
    room.ask('a', budget + 1);
    for (let round = 0; round < 2 * bounds.admissionPassesMax; round += 1) {
      room.ask('b', budget);
      expect(room.take()?.tenant).toBe('b');
      room.live.length = 0;
    }
    expect(room.queue.size).toBe(1);
  });
});
