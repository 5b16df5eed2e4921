import { describe, expect, it } from 'vitest';
import type { BenchContext } from '../../bench/support/bench.js';
import { type Contender, takeTurns } from '../../bench/support/contender.js';

function context(given: Partial<BenchContext> = {}): BenchContext {
  const signal = new AbortController().signal;
  return { short: true, deadlineMs: Number.POSITIVE_INFINITY, signal, tell: () => {}, ...given };
}

/** A contender that answers the given times, and writes down when it ran. */
function scripted(name: string, ms: readonly number[], log: string[]): Contender {
  let at = 0;
  return {
    name,
    round: async () => {
      log.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`${name} ends`);
      const msPerToken = ms[at] ?? 0;
      at += 1;
      return { msPerToken, loadMs: 2 * msPerToken };
    },
  };
}

describe('takeTurns', () => {
  it('lets one run at a time, forwards and backwards', async () => {
    const log: string[] = [];
    await takeTurns([scripted('a', [1, 1], log), scripted('b', [1, 1], log)], 2, context());
    const turn = (name: string): string[] => [`${name} begins`, `${name} ends`];
    expect(log).toEqual(['a', 'b', 'b', 'a'].flatMap(turn));
  });

  it('reports medians over the rounds', async () => {
    const [row] = await takeTurns([scripted('a', [4, 100, 2, 5], [])], 4, context());
    expect(row).toEqual({ name: 'a', n: 4, figures: { msPerToken: 4.5, loadMs: 9 } });
  });

  it('ends early at the deadline, after one whole round at least', async () => {
    const told: string[] = [];
    const late = context({ deadlineMs: performance.now() - 1, tell: (line) => told.push(line) });
    const rows = await takeTurns([scripted('a', [1], []), scripted('b', [2], [])], 5, late);
    expect(rows.map(({ n }) => n)).toEqual([1, 1]);
    expect(told).toContain('time is up after 1 of 5 rounds');
  });

  it('stops between turns when it is cancelled', async () => {
    const log: string[] = [];
    const cancelled = context({ signal: AbortSignal.abort(new Error('enough')) });
    await expect(takeTurns([scripted('a', [1], log)], 1, cancelled)).rejects.toThrow('enough');
    expect(log).toEqual([]);
  });
});
