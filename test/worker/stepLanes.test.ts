import { describe, expect, it } from 'vitest';
import { KvError } from '../../src/core/errors.js';
import { systemClock } from '../../src/observe/systemClock.js';
import type { SequenceStep } from '../../src/worker/sequenceStep.js';
import { StepLanes } from '../../src/worker/stepLanes.js';
import type { StepRequest } from '../../src/worker/stepRequest.js';
import type { StepEnd, StepRunner } from '../../src/worker/stepRunner.js';
import type { WorkerSequence } from '../../src/worker/workerSequence.js';

const top = { top: 1, all: false, everyPosition: false };
const signal = new AbortController().signal;

function step(tokens: number, logits: SequenceStep['logits'] = top): SequenceStep {
  return { position: 0, tokens: new Uint32Array(tokens), hidden: null, logits, signal };
}

/** A runner whose jobs end when the test says so, and sequences that say what is done to them. */
function lanes() {
  const jobs: { lane: string; steps: number; end(failing?: number): void }[] = [];
  const log: string[] = [];
  const runner = {
    run: (lane: string, requests: readonly StepRequest[]) =>
      new Promise<StepEnd[]>((resolve) => {
        const end = (failing = -1): void => {
          const failed: StepEnd = { kind: 'failed', error: new KvError('lost', 'a page is gone') };
          const outcome = {
            elapsedMs: 1,
            stallMs: 0,
            stalls: { queue: 0 },
            approximate: null,
            batch: requests.length,
          };
          const done = { kind: 'done', outcome } as unknown as StepEnd;
          resolve(requests.map((_, at) => (at === failing ? failed : done)));
        };
        jobs.push({ lane, steps: requests.length, end });
      }),
    loadAhead: (lane: string) => void log.push(`ahead ${lane}`),
    stopLoadsAhead: () => {},
  } as unknown as StepRunner;
  const sequence = (name: string, refuses = false): WorkerSequence =>
    ({
      begin: async (of: SequenceStep) => {
        if (refuses) throw new KvError('invalid', `${name} refuses`);
        log.push(`begin ${name}`);
        return of;
      },
      finish: async () => void log.push(`finish ${name}`),
    }) as unknown as WorkerSequence;
  return { jobs, log, runner, sequence, lanes: new StepLanes(runner, systemClock) };
}

const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 20));

describe('StepLanes', () => {
  it('computes together what waits while a batch is under way, and a prefill beside it', async () => {
    const { jobs, sequence, lanes: all } = lanes();
    const [a, b, c] = ['a', 'b', 'c'].map((name) => sequence(name));
    const steps = [all.step(a!, step(1))];
    await settled();
    steps.push(all.step(b!, step(1)), all.step(c!, step(3, { ...top, everyPosition: true })));
    const prefills = [all.step(sequence('p'), step(16, null)), all.step(sequence('q'), step(16, top))];
    await settled();
    expect(jobs.map(({ lane, steps: count }) => [lane, count])).toEqual([
      ['decode', 1],
      ['prefill', 1],
    ]);
    jobs[0]!.end();
    jobs[1]!.end();
    await settled();
    const next = jobs.slice(2).map(({ lane, steps: count }) => [lane, count]);
    expect(next.sort()).toEqual([
      ['decode', 2],
      ['prefill', 1],
    ]);
    for (const job of jobs.slice(2)) job.end();
    expect((await Promise.all(steps)).map(({ batch }) => batch)).toEqual([1, 2, 2]);
    await Promise.all(prefills);
    await all.idle();
  });

  it('keeps to its bound of tokens', async () => {
    const { jobs, sequence, lanes: all } = lanes();
    const verify = step(100, { ...top, everyPosition: true });
    const first = all.step(sequence('first'), step(1));
    await settled();
    const steps = ['a', 'b', 'c'].map((name) => all.step(sequence(name), verify));
    jobs[0]!.end();
    await settled();
    expect(jobs[1]!.steps).toBe(2);
    jobs[1]!.end();
    await settled();
    expect(jobs[2]!.steps).toBe(1);
    jobs[2]!.end();
    await Promise.all([first, ...steps]);
  });

  it('tells who cannot begin and whose step fails, and the others go on', async () => {
    const { jobs, log, sequence, lanes: all } = lanes();
    const first = all.step(sequence('first'), step(1));
    await settled();
    const refused = all.step(sequence('refused', true), step(1));
    const lost = all.step(sequence('lost'), step(1));
    const good = all.step(sequence('good'), step(1));
    const ends = Promise.allSettled([first, refused, lost, good]);
    jobs[0]!.end();
    await settled();
    expect(jobs[1]!.steps).toBe(2);
    jobs[1]!.end(0);
    const [, ofRefused, ofLost, ofGood] = await ends;
    expect(ofRefused).toMatchObject({ status: 'rejected', reason: { kind: 'invalid' } });
    expect(ofLost).toMatchObject({ status: 'rejected', reason: { kind: 'lost' } });
    expect(ofGood).toMatchObject({ status: 'fulfilled' });
    expect(log.filter((line) => line.startsWith('finish'))).toEqual(['finish first', 'finish good']);
  });

  it('tells everyone when the runner itself fails, and goes on', async () => {
    const { sequence, lanes: all, runner } = lanes();
    const { run } = runner;
    runner.run = () => Promise.reject(new TypeError('a bug'));
    const ends = await Promise.allSettled([
      all.step(sequence('a'), step(1)),
      all.step(sequence('b'), step(16, null)),
    ]);
    expect(ends.map((end) => end.status === 'rejected' && end.reason.kind)).toEqual(['internal', 'internal']);
    runner.run = run;
    await all.idle();
  });

  it('loads ahead only what sequences hold on to after a batch, and begins no step that was given up', async () => {
    const { jobs, log, sequence, lanes: all } = lanes();
    const first = all.step(sequence('first'), step(1));
    await settled();
    const given = all.step(sequence('given'), { ...step(1), signal: AbortSignal.abort() });
    given.catch(() => {});
    jobs[0]!.end();
    await first;
    await settled();
    await expect(given).rejects.toMatchObject({ kind: 'cancelled' });
    await settled();
    expect(log.slice(0, 2)).toEqual(['begin first', 'finish first']);
    expect(log).not.toContain('begin given');
    const last = all.step(sequence('last'), step(1));
    await settled();
    jobs[1]!.end();
    await last;
    await settled();
    expect(log.slice(-3)).toEqual(['begin last', 'finish last', 'ahead decode']);
  });

  it('a lane without steps does other work in its order', async () => {
    const { jobs, sequence, lanes: all } = lanes();
    const order: string[] = [];
    const one = all.step(sequence('one'), step(1)).then(() => order.push('step'));
    const other = all.inLane('decode', async () => void order.push('work'));
    await settled();
    expect(order).toEqual([]);
    jobs[0]!.end();
    await Promise.all([one, other]);
    expect(order.sort()).toEqual(['step', 'work']);
  });
});
