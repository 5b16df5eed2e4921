import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { Board } from '../../src/memory/board.js';
import { plainModules } from '../support/plainModules.js';

const [module_ = ''] = plainModules('memory/board');
/** A compute thread that consumes entries in whatever order they turn ready, and reports their slots. */
const consumer = `
  import { parentPort, workerData } from 'node:worker_threads';
  const { Board } = await import(workerData.module);
  const board = new Board(workerData.memory);
  const slots = [];
  let left = board.entries;
  let outcome = 'done';
  while (left > 0 && outcome === 'done') {
    const seen = board.changes('main');
    if (board.cancelled) outcome = 'cancelled';
    let progress = false;
    for (let entry = 0; entry < board.entries; entry += 1) {
      const state = board.state(entry);
      if (state === 'failed') outcome = 'failed';
      if (state !== 'ready') continue;
      slots[entry] = board.slot(entry);
      board.consume(entry);
      left -= 1;
      progress = true;
    }
    if (!progress && outcome === 'done' && board.waitForChange('main', seen, 20000) === 'timedOut') outcome = 'timedOut';
  }
  parentPort.postMessage({ outcome, slots });
`;

describe('Board', () => {
  const workers: Worker[] = [];
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.terminate();
  });
  const start = (board: Board): Promise<unknown> => {
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(consumer)}`), {
      workerData: { module: module_, memory: board.memory },
    });
    workers.push(worker);
    return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  };

  it('lets the compute thread choose among what is there and what is not', () => {
    const board = Board.create(4);
    board.ready(0, 3);
    board.ready(1, 4);
    for (let entry = 0; entry < 4; entry += 1) board.choose(entry, entry % 2 === 0);
    expect(board.changes('compute')).toBe(0);
    board.chose();
    expect(board.changes('compute')).toBe(1);
    const states = [0, 1, 2, 3].map((entry) => board.state(entry));
    expect(states).toEqual(['ready', 'consumed', 'wanted', 'consumed']);
    expect(board.slot(0)).toBe(3);
    board.ready(2, 9);
    expect([board.state(2), board.slot(2)]).toEqual(['ready', 9]);
    board.reset();
    expect(board.state(1)).toBe('pending');
  });

  it('moves entries from pending to ready to consumed', () => {
    const board = Board.create(3);
    expect(board.entries).toBe(3);
    expect(board.state(0)).toBe('pending');
    board.ready(0, 0);
    board.ready(1, 41);
    board.fail(2);
    expect([0, 1, 2].map((entry) => board.state(entry))).toEqual(['ready', 'ready', 'failed']);
    expect([board.slot(0), board.slot(1)]).toEqual([0, 41]);
    expect(board.changes('main')).toBe(3);
    expect(board.changes('compute')).toBe(0);
    board.consume(1);
    expect(board.state(1)).toBe('consumed');
    expect(board.changes('compute')).toBe(1);
    board.cancel();
    expect(board.cancelled).toBe(true);
    board.reset();
    expect(board.cancelled).toBe(false);
    expect([0, 1, 2].map((entry) => board.state(entry))).toEqual(['pending', 'pending', 'pending']);
  });

  it('carries more pages through fewer slots than there are pages, both sides sleeping in turn', async () => {
    const board = Board.create(64);
    const answer = start(board);
    const slots = 2;
    for (let entry = 0; entry < board.entries; entry += 1) {
      for (;;) {
        const seen = board.changes('compute');
        if (entry < slots || board.state(entry - slots) === 'consumed') break;
        await board.nextChange('compute', seen);
      }
      board.ready(entry, entry % slots);
    }
    expect(await answer).toEqual({
      outcome: 'done',
      slots: Array.from({ length: 64 }, (_, entry) => entry % slots),
    });
  });

  it('does not sleep over a change that came before', async () => {
    const board = Board.create(1);
    const seen = board.changes('compute');
    board.consume(0);
    await board.nextChange('compute', seen);
    expect(board.waitForChange('compute', seen, 60_000)).toBe('changed');
    expect(board.waitForChange('main', board.changes('main'), 1)).toBe('timedOut');
  });

  it.each(['cancelled', 'failed'] as const)(
    'wakes the compute thread when the step is %s',
    async (outcome) => {
      const board = Board.create(2);
      const answer = start(board);
      board.ready(0, 5);
      while (board.state(0) !== 'consumed') await board.nextChange('compute', 0);
      if (outcome === 'cancelled') board.cancel();
      else board.fail(1);
      expect(await answer).toEqual({ outcome, slots: [5] });
    },
  );
});
