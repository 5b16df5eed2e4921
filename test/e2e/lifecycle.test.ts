import { afterEach, describe, expect, it } from 'vitest';
import { isAlive, Kvtide } from './runKvtide.js';

const model = 'models/tiny-dts';
const endless = [
  'generate',
  '--model',
  model,
  '--prompt',
  'export ',
  '--max-tokens',
  '100000',
  '--ignore-eos',
  '--json',
];
/** A bound for waiting; on a busy machine everything takes its time. */
const patienceMs = 30_000;

let started: Kvtide[] = [];
afterEach(() => {
  for (const run of started) run.dispose();
  started = [];
});

function start(args: readonly string[]): Kvtide {
  const run = new Kvtide(args);
  started.push(run);
  return run;
}

/** A run that decodes, and the ids of its coordinator and workers. */
async function decoding(): Promise<{ run: Kvtide; children: number[] }> {
  const run = start(endless);
  await run.says('prefill: 7 of 7');
  return { run, children: run.children() };
}

async function eventually(holds: () => boolean): Promise<boolean> {
  const giveUpAt = performance.now() + patienceMs;
  while (!holds() && performance.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 50));
  return holds();
}

describe('an embedded cluster', { timeout: 180_000 }, () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('is gone after %s', async (signal, code) => {
    const { run, children } = await decoding();
    expect(children).toHaveLength(3);
    run.process.kill(signal);
    expect(await run.finished()).toMatchObject({ code, stdout: '' });
    expect(children.filter(isAlive)).toEqual([]);
    expect(run.leftovers()).toEqual([]);
  });

  it('is gone soon after its parent was killed', async () => {
    const { run, children } = await decoding();
    run.process.kill('SIGKILL');
    expect(await eventually(() => !children.some(isAlive))).toBe(true);
    expect(run.leftovers()).toEqual([]);
  });

  it('is gone soon after its parent was killed while it started', async () => {
    const run = start(endless);
    let children: number[] = [];
    await eventually(() => {
      children = run.children();
      return children.length === 3;
    });
    expect(children).toHaveLength(3);
    run.process.kill('SIGKILL');
    expect(await eventually(() => !children.some(isAlive))).toBe(true);
    expect(run.leftovers()).toEqual([]);
  });

  it.each([1, 2])(
    'ends with one line that names worker and layers when child %i is killed',
    async (index) => {
      const { run, children } = await decoding();
      process.kill(children[index] as number, 'SIGKILL');
      expect(await eventually(() => run.process.exitCode !== null)).toBe(true);
      const { stderr, code } = await run.finished();
      expect(code).toBe(10);
      const lines = stderr.split('\n').filter((line) => line.startsWith('kvtide: '));
      expect(lines).toEqual([
        expect.stringMatching(
          /^kvtide: worker \S+ \(layers (0 to 2|3 to 5), pid \d+\) ended unasked by SIGKILL/,
        ),
      ]);
      expect(stderr).not.toMatch(/\n\s+at /);
      expect(children.filter(isAlive)).toEqual([]);
      expect(run.leftovers()).toEqual([]);
    },
  );

  it('shows its status and serves others, and says when a port is taken', async () => {
    const up = start(['up', '--model', model, '--json']);
    await up.says('"ready":"up"');
    const { address } = JSON.parse(up.stdout);
    const generated = start([
      'generate',
      '--cluster',
      address,
      '--model',
      model,
      '--prompt',
      'x',
      '--max-tokens',
      '2',
      '--json',
    ]);
    expect((await generated.finished()).code).toBe(0);
    const status = start(['status', '--cluster', address, '--json']);
    const { workers, ready } = JSON.parse((await status.finished()).stdout);
    expect(ready).toBe(true);
    expect(workers).toMatchObject([
      { stage: 0, layers: [0, 3], state: 'ready' },
      { stage: 1, layers: [3, 6], state: 'ready' },
    ]);
    const taken = start(['up', '--model', model, '--listen', address]);
    expect(await taken.finished()).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(new RegExp(`^kvtide: .*${address}.*\\n$`)),
    });
    const other = start([
      'generate',
      '--cluster',
      address,
      '--model',
      'test/fixtures/golden/qwen2',
      '--prompt',
      'x',
    ]);
    expect(await other.finished()).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/^kvtide: [^\n]*another model[^\n]*\n$/),
    });
  });
});
