import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Scheduler, type SchedulerEffect, transferClasses } from '../../src/transfer/scheduler.js';
import { defaultTransferOptions } from '../../src/transfer/transferOptions.js';

const bounds = {
  ...defaultTransferOptions,
  loadBytesMax: 20,
  prefetchBytesMax: 10,
  writeBackBytesMax: 10,
  queuedMax: 4,
};

/** Answers every `start` with `started` and gives the keys that were started. */
function startAll(scheduler: Scheduler, effects: readonly SchedulerEffect[]): number[] {
  const started: number[] = [];
  const open = [...effects];
  for (let effect = open.shift(); effect !== undefined; effect = open.shift()) {
    if (effect.kind !== 'start') continue;
    started.push(effect.key);
    open.push(...scheduler.handle({ kind: 'started', key: effect.key }));
  }
  return started;
}

function request(scheduler: Scheduler, key: number, of: (typeof transferClasses)[number], bytes = 10) {
  return startAll(scheduler, scheduler.handle({ kind: 'requested', key, class: of, bytes }));
}

describe('scheduler', () => {
  it('starts in order, within the bytes of each class', () => {
    const scheduler = new Scheduler(bounds);
    expect([1, 2, 3].map((key) => request(scheduler, key, 'load'))).toEqual([[1], [2], []]);
    expect(startAll(scheduler, scheduler.handle({ kind: 'finished', key: 2 }))).toEqual([3]);
  });

  it('runs a transfer that is larger than its bound alone', () => {
    const scheduler = new Scheduler(bounds);
    expect(request(scheduler, 1, 'load', 99)).toEqual([1]);
    expect(request(scheduler, 2, 'load', 1)).toEqual([]);
    expect(startAll(scheduler, scheduler.handle({ kind: 'finished', key: 1 }))).toEqual([2]);
  });

  it('starts prefetch only when no load waits, and write-backs beside both', () => {
    const scheduler = new Scheduler(bounds);
    for (const key of [1, 2, 3]) request(scheduler, key, 'load');
    expect(request(scheduler, 4, 'prefetch')).toEqual([]);
    expect(request(scheduler, 5, 'writeBack')).toEqual([5]);
    expect(startAll(scheduler, scheduler.handle({ kind: 'finished', key: 1 }))).toEqual([3, 4]);
  });

  it('holds others back while a step loads, and until it is calm, but never all of a class', () => {
    const scheduler = new Scheduler({ ...bounds, writeBackBytesMax: 60, besideLoadsBytesMax: 20 });
    expect([1, 2, 3].map((key) => request(scheduler, key, 'writeBack'))).toEqual([[1], [2], [3]]);
    request(scheduler, 4, 'load');
    expect(request(scheduler, 5, 'writeBack')).toEqual([]);
    const finish = (key: number) => startAll(scheduler, scheduler.handle({ kind: 'finished', key }));
    expect([finish(1), finish(2)]).toEqual([[], [5]]);
    expect(request(scheduler, 6, 'writeBack', 40)).toEqual([]);
    expect([finish(3), finish(5)]).toEqual([[], [6]]);
    expect(request(scheduler, 7, 'writeBack')).toEqual([]);
    const calm = () => startAll(scheduler, scheduler.handle({ kind: 'calm' }));
    expect([calm(), finish(4), calm()]).toEqual([[], [], [7]]);
  });

  it('makes two requests of one page and destination one transfer, in the more urgent class', () => {
    const scheduler = new Scheduler(bounds);
    for (const key of [1, 2]) request(scheduler, key, 'load');
    request(scheduler, 7, 'prefetch');
    request(scheduler, 8, 'prefetch');
    request(scheduler, 8, 'load');
    expect(startAll(scheduler, scheduler.handle({ kind: 'finished', key: 1 }))).toEqual([8]);
    expect(scheduler.queued('prefetch')).toBe(0);
  });

  it('forgets what nobody waits for any more, unless it has started', () => {
    const scheduler = new Scheduler(bounds);
    for (const key of [1, 2, 3, 3]) request(scheduler, key, 'load');
    expect(scheduler.handle({ kind: 'abandoned', key: 3 })).toEqual([]);
    expect(scheduler.handle({ kind: 'abandoned', key: 3 })).toEqual([{ kind: 'cancel', key: 3 }]);
    expect(scheduler.handle({ kind: 'abandoned', key: 1 })).toEqual([]);
    expect(scheduler.bytesUnderWay('load')).toBe(20);
  });

  it('keeps a blocked transfer in front until there is room', () => {
    const scheduler = new Scheduler(bounds);
    expect(scheduler.handle({ kind: 'requested', key: 1, class: 'load', bytes: 10 })).toEqual([
      { kind: 'start', key: 1 },
    ]);
    expect(scheduler.handle({ kind: 'blocked', key: 1 })).toEqual([]);
    expect(request(scheduler, 2, 'load')).toEqual([]);
    expect(startAll(scheduler, scheduler.handle({ kind: 'room' }))).toEqual([1, 2]);
  });

  it('offers the next one when the blocked one was given up, without waiting for room', () => {
    const scheduler = new Scheduler(bounds);
    scheduler.handle({ kind: 'requested', key: 1, class: 'load', bytes: 10 });
    scheduler.handle({ kind: 'blocked', key: 1 });
    scheduler.handle({ kind: 'abandoned', key: 1 });
    expect(request(scheduler, 2, 'load')).toEqual([2]);
  });

  it('refuses more than may wait', () => {
    const scheduler = new Scheduler(bounds);
    for (const key of [1, 2, 3, 4, 5, 6]) request(scheduler, key, 'load');
    expect(scheduler.handle({ kind: 'requested', key: 7, class: 'load', bytes: 10 })).toEqual([
      { kind: 'refuse', key: 7 },
    ]);
  });

  it('never exceeds its bounds and starts everything once, for any order of events', () => {
    const step = fc.record({
      key: fc.nat(9),
      of: fc.constantFrom(...transferClasses),
      act: fc.constantFrom('request', 'request', 'finish', 'abandon'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const scheduler = new Scheduler({ ...bounds, queuedMax: 100 });
        const running = new Set<number>();
        const waiters = new Map<number, number>();
        const note = (effects: readonly SchedulerEffect[]) => {
          for (const effect of effects) if (effect.kind === 'cancel') waiters.delete(effect.key);
          for (const key of startAll(scheduler, effects)) {
            expect(running.has(key)).toBe(false);
            running.add(key);
          }
        };
        const finish = (key: number) => {
          running.delete(key);
          waiters.delete(key);
          note(scheduler.handle({ kind: 'finished', key }));
        };
        for (const { key, of, act } of steps) {
          if (act === 'request') {
            waiters.set(key, (waiters.get(key) ?? 0) + 1);
            note(scheduler.handle({ kind: 'requested', key, class: of, bytes: 5 }));
          } else if (act === 'finish' && running.has(key)) finish(key);
          else if (act === 'abandon' && (waiters.get(key) ?? 0) > 0) {
            waiters.set(key, waiters.get(key)! - 1);
            note(scheduler.handle({ kind: 'abandoned', key }));
          }
          expect(scheduler.bytesUnderWay('load')).toBeLessThanOrEqual(20);
          expect(scheduler.bytesUnderWay('prefetch')).toBeLessThanOrEqual(10);
          expect(scheduler.bytesUnderWay('writeBack')).toBeLessThanOrEqual(10);
        }
        while (running.size > 0) for (const key of [...running]) finish(key);
        expect(waiters.size).toBe(0);
        for (const name of transferClasses) expect(scheduler.queued(name)).toBe(0);
      }),
    );
  });
});
