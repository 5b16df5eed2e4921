import { describe, expect, it } from 'vitest';
import { KvError } from '../../src/core/errors.js';
import { type GenerateEvent, type GenerateRequest, generate } from '../../src/decode/generate.js';
import { systemClock } from '../../src/observe/systemClock.js';
import { FakeSession, nextTokenOf } from './fakeSession.js';

const blockTokens = 16;
const prompt = Array.from({ length: 40 }, (_, at) => (at * 5 + 3) % 61);
const context = { worker: 'w1', fromLayer: 2, toLayer: 4 };
const gone = () => new KvError('unavailable', 'worker w1 cannot be reached', { context });

async function run(session: FakeSession, more: Partial<GenerateRequest> = {}): Promise<GenerateEvent[]> {
  const events: GenerateEvent[] = [];
  const sampling = { temperature: 0, seed: 0 };
  const asked = { prompt, maxTokens: 12, sampling, eos: [], topLogits: 2, ...more };
  for await (const event of generate(session, asked, systemClock)) events.push(event);
  return events;
}

const tokensOf = (events: readonly GenerateEvent[]): number[] =>
  events.flatMap((event) => (event.kind === 'token' ? [event.token] : []));
const ofKind = <Kind extends GenerateEvent['kind']>(events: readonly GenerateEvent[], kind: Kind) =>
  events.filter((event): event is Extract<GenerateEvent, { kind: Kind }> => event.kind === kind);

function expected(count: number): number[] {
  const all = [...prompt];
  for (let at = 0; at < count; at += 1) all.push(nextTokenOf(all));
  return all.slice(prompt.length);
}

/** A worker that dies before the step at `position`; the stage has another one after so many looks. */
function losing(position: number, looks: number, lostBlocks: number, error = gone): FakeSession {
  const session = new FakeSession(blockTokens);
  let left = 0;
  let isLost = false;
  session.beforeStep = (at) => {
    if (at !== position || isLost) return;
    isLost = true;
    left = looks;
    for (const key of [...session.sealed].slice(0, lostBlocks)) session.sealed.delete(key);
    throw error();
  };
  session.beforeOpen = () => {
    if (left-- > 0) throw new KvError('unavailable', 'stage 1 has no worker');
  };
  return session;
}

describe('a worker that is lost while a text is generated', () => {
  it('is waited for, and what it held is computed again: same tokens', async () => {
    const session = losing(47, 3, 1);
    const events = await run(session);
    expect(tokensOf(events)).toEqual(expected(12));
    const waiting = ofKind(events, 'waiting');
    expect(waiting.map(({ waitedMs, mostMs }) => [waitedMs, mostMs])).toEqual([
      [0, 1000],
      [10, 1000],
      [30, 1000],
    ]);
    const [recovered] = ofKind(events, 'recovered');
    expect(recovered).toMatchObject({ fromTokens: 0, waitedMs: 60, cause: { kind: 'unavailable' } });
    expect(recovered?.lost).toEqual({ layers: { from: 2, to: 4 }, tokens: 47 });
    // The second block was still there.
    expect(ofKind(events, 'recomputed')).toEqual([{ kind: 'recomputed', tokens: 16 + 15 }]);
    expect(ofKind(events, 'done')[0]?.recoveries).toBe(1);
  });

  it('costs no wait where another one serves already', async () => {
    const session = losing(47, 0, 0);
    const events = await run(session);
    expect(tokensOf(events)).toEqual(expected(12));
    expect(ofKind(events, 'waiting')).toEqual([]);
    expect(ofKind(events, 'recomputed')).toEqual([{ kind: 'recomputed', tokens: 15 }]);
  });

  it.each(['stale', 'timedOut', 'cancelled'] as const)('may be told of as %s', async (kind) => {
    const session = losing(47, 1, 3, () => new KvError(kind, 'it was stopped', { context }));
    expect(tokensOf(await run(session))).toEqual(expected(12));
  });

  it('may be lost again while its KV is computed, and however often there is progress between', async () => {
    const session = new FakeSession(blockTokens);
    let steps = 0;
    session.beforeStep = () => {
      steps += 1;
      if (steps % 7 === 0) {
        session.sealed.clear();
        throw gone();
      }
    };
    const events = await run(session, { maxTokens: 40 });
    expect(tokensOf(events)).toEqual(expected(40));
    expect(ofKind(events, 'recovered').length).toBeGreaterThan(prompt.length / blockTokens + 8);
  });

  it('that nobody replaces fails the text within the bound, and says for how long it waited', async () => {
    const session = losing(47, Number.POSITIVE_INFINITY, 0);
    const wish = { kind: 'unavailable', message: expect.stringMatching(/stage 1 has no worker; no other/) };
    await expect(run(session)).rejects.toMatchObject(wish);
    expect(session.waitedMs).toBeGreaterThanOrEqual(1000);
    expect(session.waitedMs).toBeLessThan(1200);
  });

  it('and dies of the same step every time fails the text', async () => {
    const session = new FakeSession(blockTokens);
    session.beforeStep = (position) => {
      if (position >= 32) throw gone();
    };
    await expect(run(session)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(session.opens).toBeLessThan(20);
  });

  it('is no reason to wait for somebody who has given up', async () => {
    const session = losing(47, Number.POSITIVE_INFINITY, 0);
    const caller = new AbortController();
    session.beforeOpen = () => {
      if (session.opens === 3) caller.abort(new KvError('cancelled', 'enough'));
      if (session.opens > 1) throw gone();
    };
    await expect(run(session, { signal: caller.signal })).rejects.toThrow();
    expect(session.opens).toBe(3);
  });

  it('leaves room to be waited for: another one may be full at first', async () => {
    const session = losing(47, 0, 3);
    const lose = session.beforeOpen;
    session.beforeOpen = () => {
      lose();
      if (session.opens > 1 && session.opens < 5)
        throw new KvError('exhausted', 'no room for a growing page');
    };
    const events = await run(session);
    expect(tokensOf(events)).toEqual(expected(12));
    expect(ofKind(events, 'waiting')).toHaveLength(3);
  });
});
