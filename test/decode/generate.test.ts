import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlockKey } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import { type GenerateEvent, type GenerateRequest, generate } from '../../src/decode/generate.js';
import { systemClock } from '../../src/observe/systemClock.js';
import { FakeSession, nextTokenOf, repeatingTokenOf } from './fakeSession.js';

const blockTokens = 16;
const promptOf = (length: number): number[] => Array.from({ length }, (_, at) => (at * 5 + 3) % 61);

function request(prompt: readonly number[], more: Partial<GenerateRequest> = {}): GenerateRequest {
  return { prompt, maxTokens: 5, sampling: { temperature: 0, seed: 0 }, eos: [], topLogits: 2, ...more };
}

async function run(session: FakeSession, asked: GenerateRequest): Promise<GenerateEvent[]> {
  const events: GenerateEvent[] = [];
  for await (const event of generate(session, asked, systemClock)) events.push(event);
  return events;
}

const tokensOf = (events: readonly GenerateEvent[]): number[] =>
  events.flatMap((event) => (event.kind === 'token' ? [event.token] : []));

function expected(prompt: readonly number[], count: number): number[] {
  const all = [...prompt];
  for (let at = 0; at < count; at += 1) all.push(nextTokenOf(all));
  return all.slice(prompt.length);
}

describe('generate', () => {
  it('computes the prompt in chunks that end at block edges, several under way at once', async () => {
    const session = new FakeSession(blockTokens);
    const prompt = promptOf(85);
    const events = await run(session, request(prompt, { stepsInFlight: 3 }));
    expect(tokensOf(events)).toEqual(expected(prompt, 5));
    expect(session.steps.slice(0, 6)).toEqual([
      { position: 0, count: 16 },
      { position: 16, count: 16 },
      { position: 32, count: 16 },
      { position: 48, count: 16 },
      { position: 64, count: 16 },
      { position: 80, count: 5 },
    ]);
    expect(session.underWayMost).toBe(3);
    expect(events.at(-1)).toMatchObject({ kind: 'done', reason: 'length', recoveries: 0 });
  });

  it.each([
    [32, 16],
    [33, 32],
    [31, 16],
    [1, 0],
  ])('reuses whole blocks of %i tokens and computes at least one', async (length, cached) => {
    const prompt = promptOf(length);
    const session = new FakeSession(blockTokens);
    await run(session, request(prompt));
    const again = await run(session, request(prompt));
    expect(again[0]).toEqual({ kind: 'opened', cachedTokens: cached });
    expect(tokensOf(again)).toEqual(expected(prompt, 5));
  });

  it('stops at an end token and keeps it', async () => {
    const prompt = promptOf(20);
    const [first, second] = expected(prompt, 2);
    const events = await run(new FakeSession(blockTokens), request(prompt, { eos: [second as number] }));
    expect(tokensOf(events)).toEqual([first, second]);
    expect(events.at(-1)).toMatchObject({ reason: 'eos' });
  });

  it('tells the coordinator about each block that was sealed by generated tokens, once', async () => {
    const session = new FakeSession(blockTokens);
    await run(session, request(promptOf(30), { maxTokens: 40 }));
    expect(session.told).toHaveLength(4 - 1); // 69 tokens have KV: blocks 1, 2 and 3; block 0 came with the prompt
    expect(new Set(session.told).size).toBe(3);
  });

  it('tells with the next block of one that the coordinator refused, and decodes on meanwhile', async () => {
    const told = async (extensions: number) => {
      const session = new FakeSession(blockTokens);
      await run(session, request(promptOf(30), { maxTokens: extensions }));
      return session.told;
    };
    const session = new FakeSession(blockTokens);
    let refusals = 0;
    session.beforeExtend = () => {
      if (refusals === 2) return;
      refusals += 1;
      throw new KvError('exhausted', 'there is no room');
    };
    const events = await run(session, request(promptOf(30), { maxTokens: 40 }));
    expect(tokensOf(events)).toEqual(expected(promptOf(30), 40));
    expect(session.told).toEqual(await told(40));
    expect(events.at(-1)).toMatchObject({ kind: 'done', tellError: null });
  });

  it('keeps to itself what an approximate mode has computed, and computes it again when it is gone', async () => {
    const prompt = promptOf(30);
    const session = new FakeSession(blockTokens);
    session.isExact = false;
    let losses = 0;
    session.beforeStep = (position) => {
      if (position !== 60 || losses > 0) return;
      losses += 1;
      throw new KvError('lost', 'gone');
    };
    const events = await run(session, request(prompt, { maxTokens: 40 }));
    expect(tokensOf(events)).toEqual(expected(prompt, 40));
    expect(losses).toBe(1);
    expect(session.told).toEqual([]);
  });

  it('recomputes only the blocks that are gone', async () => {
    const prompt = promptOf(100);
    const session = new FakeSession(blockTokens);
    await run(session, request(prompt, { maxTokens: 1 }));
    const keys = [...session.sealed];
    session.steps.length = 0;
    let isLost = false;
    session.beforeStep = () => {
      if (isLost) return;
      isLost = true;
      session.sealed.delete(keys[1] as BlockKey);
      session.sealed.delete(keys[4] as BlockKey);
      throw new KvError('lost', 'two blocks are gone');
    };
    const events = await run(session, request(prompt, { maxTokens: 3 }));
    expect(tokensOf(events)).toEqual(expected(prompt, 3));
    expect(session.steps.map(({ position }) => position)).toEqual([96, 16, 64, 96, 100, 101]);
  });

  it('gives up after a bounded number of recoveries', async () => {
    const session = new FakeSession(blockTokens);
    session.beforeStep = () => {
      throw new KvError('corrupt', 'never right');
    };
    await expect(run(session, request(promptOf(40)))).rejects.toMatchObject({ kind: 'corrupt' });
    expect(session.opens).toBeLessThan(20);
  });

  it('does not retry what cannot be mended', async () => {
    const session = new FakeSession(blockTokens);
    session.beforeStep = () => {
      throw new KvError('internal', 'worker w1 (layers 0 to 2) has a bug');
    };
    await expect(run(session, request(promptOf(40)))).rejects.toThrow('worker w1 (layers 0 to 2)');
    expect(session.opens).toBe(1);
  });

  it('refuses an empty prompt', async () => {
    await expect(run(new FakeSession(blockTokens), request([]))).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('gives the same tokens whatever is lost, greedy and sampled', async () => {
    const losses = fc.array(fc.record({ step: fc.nat(30), block: fc.nat(8) }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 90 }),
        losses,
        fc.constantFrom(0, 0.8),
        async (length, lost, t) => {
          const asked = request(promptOf(length), { maxTokens: 20, sampling: { temperature: t, seed: 5 } });
          const calm = await run(new FakeSession(blockTokens), asked);
          const session = new FakeSession(blockTokens);
          let step = 0;
          session.beforeStep = () => {
            step += 1;
            const here = lost.filter((loss) => loss.step === step);
            for (const { block } of here) {
              const key = [...session.sealed][block];
              if (key !== undefined) session.sealed.delete(key);
            }
            if (here.length > 0) throw new KvError('lost', 'gone');
          };
          expect(tokensOf(await run(session, asked))).toEqual(tokensOf(calm));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('generate with speculation', () => {
  const answersOf = (events: readonly GenerateEvent[]) =>
    events.flatMap((event) =>
      event.kind === 'token' ? [[event.token, event.step.topIds, event.step.topLogits]] : [],
    );
  const totalsOf = (events: readonly GenerateEvent[]) => {
    const done = events.at(-1);
    return done?.kind === 'done' ? done.speculation : undefined;
  };

  it('takes fewer steps for a text that repeats itself', async () => {
    const asked = request([1, 2, 3], { maxTokens: 60 });
    const plain = await run(new FakeSession(blockTokens, repeatingTokenOf), asked);
    const session = new FakeSession(blockTokens, repeatingTokenOf);
    const events = await run(session, { ...asked, speculate: 'ngram' });
    expect(answersOf(events)).toEqual(answersOf(plain));
    expect(totalsOf(plain)).toEqual({ steps: 60, proposedTokens: 0, acceptedTokens: 0 });
    const { steps, proposedTokens, acceptedTokens } = totalsOf(events)!;
    expect(steps).toBe(session.steps.length);
    expect(steps).toBeLessThan(30);
    expect(steps + acceptedTokens).toBe(60);
    expect(acceptedTokens).toBeLessThan(proposedTokens);
    expect(session.truncations.length).toBeGreaterThan(0);
  });

  it('never fills a block with proposed tokens, nor computes more tokens than are wanted', async () => {
    const session = new FakeSession(blockTokens, () => 5);
    await run(session, request([5, 5, 5], { maxTokens: 50, speculate: 'ngram' }));
    const filling = session.steps.filter(({ position, count }) => (position + count) % blockTokens === 0);
    expect(filling.length).toBeGreaterThan(2);
    expect(filling.every(({ count }) => count === 1)).toBe(true);
    expect(session.tokens).toHaveLength(3 + 50 - 1);
    expect(session.told).toHaveLength(3);
  });

  it('ends at an end token that was among the proposed ones', async () => {
    const pattern = [1, 2, 3, 4];
    const next = (tokens: readonly number[]) => pattern[tokens.length % 4]!;
    const asked = request([1, 2, 3, 4, 1, 2, 3, 4], { maxTokens: 40, eos: [3] });
    const events = await run(new FakeSession(blockTokens, next), { ...asked, speculate: 'ngram' });
    expect(tokensOf(events)).toEqual([1, 2, 3]);
    expect(events.at(-1)).toMatchObject({ reason: 'eos' });
  });

  it('gives the same answers for any text, greedy and sampled, whatever is lost', async () => {
    const losses = fc.array(fc.record({ step: fc.nat(30), block: fc.nat(6) }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(3), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 50 }),
        fc.constantFrom(0, 0.3, 1),
        fc.constantFrom(nextTokenOf, repeatingTokenOf),
        losses,
        async (prompt, maxTokens, temperature, next, lost) => {
          const asked = request(prompt, { maxTokens, sampling: { temperature, seed: 5 } });
          const plain = await run(new FakeSession(blockTokens, next), asked);
          const session = new FakeSession(blockTokens, next);
          let step = 0;
          session.beforeStep = () => {
            step += 1;
            const here = lost.filter((loss) => loss.step === step);
            for (const { block } of here) session.sealed.delete([...session.sealed][block] as BlockKey);
            if (here.length > 0) throw new KvError('lost', 'gone');
          };
          const events = await run(session, { ...asked, speculate: 'ngram' });
          expect(answersOf(events)).toEqual(answersOf(plain));
          expect(totalsOf(events)!.steps).toBeLessThanOrEqual(maxTokens);
        },
      ),
      { numRuns: 150 },
    );
  });
});
