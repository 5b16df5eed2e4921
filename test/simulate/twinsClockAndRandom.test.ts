import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/observe/systemClock.js';
import { systemRandom } from '../../src/observe/systemRandom.js';
import { LocalBoard } from '../../src/simulate/localBoard.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { clockContract } from '../contract/clockContract.js';
import { randomContract } from '../contract/randomContract.js';

clockContract('systemClock', () => ({ clock: systemClock, run: (work) => work }));
clockContract('SimulatedClock', () => {
  const clock = new SimulatedClock();
  return { clock, run: (work) => clock.run(work) };
});
randomContract('systemRandom', () => systemRandom);
randomContract('SimulatedRandom', () => new SimulatedRandom(1));

describe('SimulatedClock', () => {
  it('fires timers that are due at once in the order they were set, and promises in between', async () => {
    const clock = new SimulatedClock();
    const order: string[] = [];
    for (const name of ['a', 'b']) {
      clock.setTimer(5, () => {
        order.push(name);
        void Promise.resolve().then(() => order.push(`${name} then`));
      });
    }
    await clock.advance(5);
    expect(order).toEqual(['a', 'a then', 'b', 'b then']);
    expect(clock.monotonicMs()).toBe(5);
  });

  it('fires what is set while time passes, and nothing past the end', async () => {
    const clock = new SimulatedClock({ startMs: 1_000_000 });
    const firedMs: number[] = [];
    const again = (): void => {
      firedMs.push(clock.nowMs());
      clock.setTimer(10, again);
    };
    clock.setTimer(10, again);
    await clock.advance(35);
    expect(firedMs).toEqual([1_000_010, 1_000_020, 1_000_030]);
    expect(clock.nowMs()).toBe(1_000_035);
    await expect(clock.runUntilIdle(50)).rejects.toMatchObject({ kind: 'exhausted' });
  });

  it('says when what it runs can never be done', async () => {
    await expect(new SimulatedClock().run(new Promise(() => {}))).rejects.toMatchObject({
      kind: 'exhausted',
    });
  });
});

describe('SimulatedRandom', () => {
  it('repeats itself from the same seed, and forks apart', () => {
    const draw = (random: SimulatedRandom): number[] =>
      Array.from({ length: 5 }, () => random.integer(0, 1000));
    expect(draw(new SimulatedRandom('s'))).toEqual(draw(new SimulatedRandom('s')));
    const parent = new SimulatedRandom('s');
    const before = draw(parent.fork('disk'));
    draw(parent);
    expect(draw(parent.fork('disk'))).toEqual(before);
    expect(draw(parent.fork('network'))).not.toEqual(before);
  });
});

describe('LocalBoard', () => {
  it('wakes a sleeper of the same thread on a change, and not over one that came before', async () => {
    const board = LocalBoard.create(2);
    const seen = board.changes('main');
    const woken = board.nextChange('main', seen);
    board.ready(1, 4);
    await woken;
    await board.nextChange('main', seen);
    expect([board.state(1), board.slot(1)]).toEqual(['ready', 4]);
  });
});
