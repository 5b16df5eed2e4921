import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/core/ports/clock.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import type { MoveOutcome } from '../../src/transfer/moveOutcome.js';
import { TransferEngine, type TransferTask } from '../../src/transfer/transferEngine.js';
import { defaultTransferOptions } from '../../src/transfer/transferOptions.js';

const moved: MoveOutcome = { kind: 'moved', from: 'disk', bytes: 100, ms: 0 };

/** Every look at it is a millisecond later. */
function tickingClock(): Clock {
  let nowMs = 0;
  return { nowMs: () => nowMs, monotonicMs: () => nowMs++, setTimer: () => () => {} };
}

function engineOf(options: Partial<typeof defaultTransferOptions> = {}): TransferEngine {
  return new TransferEngine({ ...defaultTransferOptions, ...options }, tickingClock());
}

/** A task whose end is in the caller's hand. */
function openTask(key: number, more: Partial<TransferTask> = {}) {
  let finish: (outcome: MoveOutcome) => void = () => {};
  let runs = 0;
  const task: TransferTask = {
    key,
    class: 'load',
    bytes: 100,
    to: 'device',
    reserve: () => true,
    move: () => {
      runs += 1;
      return new Promise((resolve) => {
        finish = resolve;
      });
    },
    ...more,
  };
  return { task, finish: (outcome: MoveOutcome) => finish(outcome), runs: () => runs };
}

function ask(engine: TransferEngine, task: TransferTask, signal?: AbortSignal): Promise<MoveOutcome> {
  return new Promise((resolve) => engine.request(task, resolve, signal));
}

describe('transfer engine', () => {
  it('runs one transfer for two requests of one key, and tells both', async () => {
    const engine = engineOf();
    const first = openTask(1);
    const second = openTask(1);
    const both = Promise.all([ask(engine, first.task), ask(engine, second.task)]);
    first.finish(moved);
    expect(await both).toEqual([moved, moved]);
    expect([first.runs(), second.runs()]).toEqual([1, 0]);
  });

  it('tells a waiter that gives up at once, and the others in the end', async () => {
    const engine = engineOf();
    const { task, finish } = openTask(1);
    const abort = new AbortController();
    const quitter = ask(engine, task, abort.signal);
    const stayer = ask(engine, task);
    abort.abort();
    expect(await quitter).toEqual({ kind: 'cancelled' });
    finish(moved);
    expect(await stayer).toEqual(moved);
  });

  it('never runs what nobody waits for', async () => {
    const engine = engineOf({ loadBytesMax: 100 });
    const running = openTask(1);
    const waiting = openTask(2);
    const abort = new AbortController();
    const first = ask(engine, running.task);
    const second = ask(engine, waiting.task, abort.signal);
    abort.abort();
    expect(await second).toEqual({ kind: 'cancelled' });
    running.finish(moved);
    await first;
    await engine.close();
    expect(waiting.runs()).toBe(0);
  });

  it('waits for room at the destination, in order', async () => {
    const engine = engineOf();
    const granted = new Set<number>();
    const order: number[] = [];
    const taskOf = (key: number) =>
      openTask(key, {
        reserve: () => granted.has(key),
        move: () => {
          order.push(key);
          return moved;
        },
      }).task;
    const both = [ask(engine, taskOf(1)), ask(engine, taskOf(2))];
    expect(engine.isWaiting('load')).toBe(true);
    granted.add(2);
    engine.room();
    expect(order).toEqual([]);
    granted.add(1);
    engine.room();
    await Promise.all(both);
    expect(order).toEqual([1, 2]);
  });

  it('lets a listener ask for the same transfer again', async () => {
    const engine = engineOf();
    let runs = 0;
    const { task } = openTask(1, {
      move: () => {
        runs += 1;
        return moved;
      },
    });
    await new Promise<void>((resolve) => {
      engine.request(task, () => engine.request(task, () => resolve()));
    });
    expect(runs).toBe(2);
  });

  it('turns what a task throws into a failure, and goes on', async () => {
    const engine = engineOf();
    const cause = new Error('no more');
    const { task } = openTask(1, { move: () => Promise.reject(cause) });
    expect(await ask(engine, task)).toEqual({ kind: 'failed', cause });
    const { task: next } = openTask(2, { move: () => moved });
    expect(await ask(engine, next)).toEqual(moved);
  });

  it('refuses more than may wait', async () => {
    const engine = engineOf({ loadBytesMax: 100, queuedMax: 1 });
    const { task, finish } = openTask(1);
    const running = ask(engine, task);
    const queued = ask(engine, openTask(2, { move: () => moved }).task);
    const refused = await ask(engine, openTask(3).task);
    expect(refused).toMatchObject({ kind: 'failed', cause: { kind: 'exhausted' } });
    finish(moved);
    await Promise.all([running, queued]);
  });

  it('measures the rate of each route', async () => {
    const clock = new SimulatedClock();
    const engine = new TransferEngine({ ...defaultTransferOptions, rateFreshMs: 1000 }, clock);
    const { task, finish } = openTask(1);
    const asked = ask(engine, task);
    expect(engine.bytesPerMs('disk>device')).toBeNull();
    await clock.advance(4);
    finish(moved);
    await asked;
    expect(engine.bytesPerMs('disk>device')).toBe(25);
    await clock.advance(990);
    expect(engine.bytesPerMs('disk>device')).toBe(25);
    await clock.advance(20);
    expect(engine.bytesPerMs('disk>device')).toBeNull();
  });

  it('close tells those who wait and lets what runs end', async () => {
    const engine = engineOf({ loadBytesMax: 100 });
    const { task, finish } = openTask(1);
    const running = ask(engine, task);
    const queued = ask(engine, openTask(2).task);
    const closed = engine.close();
    expect(await queued).toEqual({ kind: 'cancelled' });
    expect(await running).toEqual({ kind: 'cancelled' });
    finish(moved);
    await closed;
    expect(await ask(engine, openTask(3).task)).toEqual({ kind: 'cancelled' });
  });

  it('lets others go on once loads have ceased for a while', async () => {
    const clock = new SimulatedClock();
    const options = { ...defaultTransferOptions, besideLoadsBytesMax: 100, loadGapMs: 10 };
    const engine = new TransferEngine(options, clock);
    const load = openTask(1);
    const [first, second] = [2, 3].map((key) => openTask(key, { class: 'writeBack', to: 'disk' }));
    const loading = ask(engine, load.task);
    const writing = [first, second].map((task) => ask(engine, task!.task));
    load.finish(moved);
    await loading;
    await clock.advance(6);
    const next = openTask(4);
    const loadingOn = ask(engine, next.task);
    next.finish(moved);
    await loadingOn;
    await clock.advance(9);
    expect([first!.runs(), second!.runs()]).toEqual([1, 0]);
    await clock.advance(2);
    expect([first!.runs(), second!.runs()]).toEqual([1, 1]);
    for (const task of [first, second]) task!.finish(moved);
    await Promise.all(writing);
    await engine.close();
  });
});
