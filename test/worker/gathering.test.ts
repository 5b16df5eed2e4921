import { describe, expect, it } from 'vitest';
import { Gathering } from '../../src/worker/gathering.js';

const sequences = Array.from({ length: 8 }, (_, name) => ({ name }));

function gathering() {
  const timers: (() => void)[] = [];
  const clock = {
    setTimer: (_ms: number, fire: () => void) => {
      timers.push(fire);
      return () => {};
    },
  };
  return { timers, gathering: new Gathering(clock, 3) };
}

async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  return settled;
}

describe('Gathering', () => {
  it('lets who is alone go at once', async () => {
    const { gathering: one, timers } = gathering();
    await one.gather(1);
    one.took(sequences.slice(0, 1));
    await one.gather(1);
    one.took(sequences.slice(0, 1));
    expect(timers).toEqual([]);
  });

  it('waits for half of those that decode, counted over some batches', async () => {
    const { gathering: many } = gathering();
    many.took(sequences.slice(0, 7));
    many.took(sequences.slice(7));
    const begun = many.gather(1);
    many.came(2);
    many.came(3);
    expect(await isSettled(begun)).toBe(false);
    many.came(4);
    expect(await isSettled(begun)).toBe(true);
    many.took(sequences.slice(0, 4));
    await many.gather(4);
  });

  it('waits no longer than it may, and forgets who has ended', async () => {
    const { gathering: many, timers } = gathering();
    many.took(sequences);
    const begun = many.gather(1);
    expect(await isSettled(begun)).toBe(false);
    timers[0]!();
    expect(await isSettled(begun)).toBe(true);
    for (let batch = 0; batch < 4; batch += 1) many.took(sequences.slice(0, 1));
    await many.gather(1);
    expect(timers).toHaveLength(1);
  });
});
