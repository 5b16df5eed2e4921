import { describe, expect, it } from 'vitest';
import { KvError } from '../../src/core/errors.js';
import { type GenerateEvent, generate } from '../../src/decode/generate.js';
import { outageMsMax } from '../../src/decode/outage.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { FakeSession } from './fakeSession.js';

const prompt = Array.from({ length: 40 }, (_, at) => (at * 5 + 3) % 61);
const asked = { prompt, maxTokens: 12, sampling: { temperature: 0, seed: 0 }, eos: [], topLogits: 2 };
const away = () =>
  new KvError('unavailable', 'worker w1 (layers 0 to 2) is gone', { context: { worker: 'w1' } });

interface Run {
  readonly events: readonly GenerateEvent[];
  readonly tookMs: number;
}

/** @param atMs called at that time. */
async function run(
  session: FakeSession,
  more: { signal?: AbortSignal; atMs?: [number, () => void] } = {},
): Promise<Run> {
  const clock = new SimulatedClock();
  const events: GenerateEvent[] = [];
  if (more.atMs !== undefined) clock.setTimer(...more.atMs);
  const signal = more.signal === undefined ? {} : { signal: more.signal };
  const work = async () => {
    for await (const event of generate(session, { ...asked, ...signal }, clock)) events.push(event);
  };
  await clock.run(work());
  return { events, tookMs: clock.monotonicMs() };
}

const tokensOf = ({ events }: Run) =>
  events.flatMap((event) => (event.kind === 'token' ? [event.token] : []));

describe('a stage that is served by nobody', () => {
  it('is waited for, told once, and only what is lost is computed again', async () => {
    const undisturbed = tokensOf(await run(new FakeSession(16)));
    const session = new FakeSession(16);
    let failures = 0;
    session.beforeStep = (position) => {
      if (position !== 45 || failures === 5) return;
      failures += 1;
      // The last whole block was on the worker that died.
      session.sealed.delete([...session.sealed].at(-1)!);
      if (failures > 1) session.sealed.clear();
      throw away();
    };
    const ended = await run(session);
    expect(tokensOf(ended)).toEqual(undisturbed);
    expect(ended.events.filter(({ kind }) => kind === 'waits')).toHaveLength(1);
    expect(ended.events).toContainEqual(
      expect.objectContaining({ kind: 'recovered', fromTokens: 16, lostTokens: 29 }),
    );
    const done = ended.events.at(-1);
    expect(done).toMatchObject({ kind: 'done', recoveries: 1 });
    expect(done?.kind === 'done' && done.recomputedTokens).toBeGreaterThanOrEqual(29);
  });

  it('is given up after a bounded time, with the worker and how long it took', async () => {
    const session = new FakeSession(16);
    session.beforeStep = () => {
      throw away();
    };
    await expect(run(session)).rejects.toMatchObject({
      kind: 'unavailable',
      message: `worker w1 (layers 0 to 2) is gone; gave up after ${outageMsMax / 1000} s`,
      context: { worker: 'w1' },
    });
    expect(session.opens).toBeLessThan(100);
  });

  it('is waited for anew after each step that was answered', async () => {
    const session = new FakeSession(16);
    let now = 0;
    const clock = new SimulatedClock();
    session.beforeStep = (position) => {
      if (position < 40 || clock.monotonicMs() - now > 0.9 * outageMsMax) {
        now = clock.monotonicMs();
        return;
      }
      throw away();
    };
    let tokens = 0;
    const work = async () => {
      for await (const event of generate(session, asked, clock)) if (event.kind === 'token') tokens += 1;
    };
    await clock.run(work());
    expect(tokens).toBe(asked.maxTokens);
    expect(clock.monotonicMs()).toBeGreaterThan(2 * outageMsMax);
  });

  it('ends at once when the caller gives up', async () => {
    const session = new FakeSession(16);
    const caller = new AbortController();
    session.beforeStep = () => {
      throw away();
    };
    const abort = (): void => caller.abort(new KvError('cancelled', 'enough'));
    await expect(run(session, { signal: caller.signal, atMs: [700, abort] })).rejects.toMatchObject({
      kind: 'cancelled',
      message: 'enough',
    });
  });
});
