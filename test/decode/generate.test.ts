import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlockKey } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import { type GenerateEvent, type GenerateRequest, generate } from '../../src/decode/generate.js';
import { systemClock } from '../../src/observe/systemClock.js';
import { FakeSession, nextTokenOf } from './fakeSession.js';

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
      throw new KvError('unavailable', 'worker w1 (layers 0 to 2) is gone');
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
