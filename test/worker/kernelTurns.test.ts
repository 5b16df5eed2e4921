import { describe, expect, it } from 'vitest';
import { KernelTurns } from '../../src/worker/kernelTurns.js';

/** Two lanes on a clock that moves when a lane says that a call took its time. */
function lanes() {
  let nowMs = 0;
  const turns = new KernelTurns(() => nowMs);
  const log: string[] = [];
  const run = async (lane: 'decode' | 'prefill', name: string, calls: number, ms: number) => {
    const turn = turns.turnOf(lane);
    turns.enter(lane);
    for (let call = 0; call < calls; call += 1) {
      await turn.next();
      log.push(name);
      nowMs += ms;
    }
    turns.leave(lane);
  };
  return { turns, run, log };
}

const settled = async () => {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
};

describe('KernelTurns', () => {
  it('lets a batch go before a prefill that is under way', async () => {
    const { run, log } = lanes();
    const prefill = run('prefill', 'p', 4, 10);
    const batch = run('decode', 'd', 3, 1);
    await Promise.all([prefill, batch]);
    expect(log.indexOf('d')).toBeLessThanOrEqual(2);
    expect(log.join('')).toMatch(/^p*ddd/);
  });

  it('gives a prefill its share between two batches, and never stops it', async () => {
    const { run, log } = lanes();
    const batches = async () => {
      for (const name of ['a', 'b', 'c', 'd']) await run('decode', name, 6, 1);
    };
    await Promise.all([run('prefill', 'p', 20, 1), batches()]);
    const text = log.join('');
    // Six milliseconds of a batch earn two of a prefill.
    for (const [before, after] of ['ab', 'bc', 'cd']) {
      const between = text.slice(text.lastIndexOf(before!) + 1, text.indexOf(after!));
      expect(between).toMatch(/^p{2,3}$/);
    }
    expect(text.replaceAll('p', '')).toBe('aaaaaabbbbbbccccccdddddd');
  });

  it('lets a prefill go on while a batch waits for something', async () => {
    const { turns, run, log } = lanes();
    const turn = turns.turnOf('decode');
    turns.enter('decode');
    await turn.next();
    const prefill = run('prefill', 'p', 3, 1);
    await settled();
    expect(log).toEqual([]);
    let arrive = () => {};
    const idle = turn.idle(
      new Promise<void>((resolve) => {
        arrive = resolve;
      }),
    );
    await prefill;
    expect(log).toEqual(['p', 'p', 'p']);
    arrive();
    await idle;
    turns.leave('decode');
  });

  it('a batch that waits takes its turn back at the next call, without paying again', async () => {
    const { turns, run, log } = lanes();
    const turn = turns.turnOf('decode');
    const prefill = run('prefill', 'p', 5, 10);
    turns.enter('decode');
    await turn.next();
    await turn.idle(Promise.resolve());
    log.push('d');
    await settled();
    expect(log.filter((name) => name === 'p').length).toBeLessThanOrEqual(2);
    turns.leave('decode');
    await prefill;
    expect(log.at(-1)).toBe('p');
  });

  it('says who is alone', () => {
    const { turns } = lanes();
    expect(turns.isAlone('decode')).toBe(true);
    turns.enter('prefill');
    expect(turns.isAlone('decode')).toBe(false);
    expect(turns.isAlone('prefill')).toBe(true);
    turns.leave('prefill');
    expect(turns.isAlone('decode')).toBe(true);
  });
});
