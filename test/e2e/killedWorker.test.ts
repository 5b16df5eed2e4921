import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { scratchPath } from '../support/goldenCases.js';
import { runGenerate } from '../support/runGenerate.js';
import { isAlive, Kvtide } from './runKvtide.js';

/** What the issue gives a cluster to be gone. */
const goneMs = 5000;
const promptBytes = 3000;
/** Budgets that keep pages moving through disk in every step. */
const tight = ['--device-bytes', '896KiB', '--pinned-bytes', '256KiB'];
const model = ['--model', 'models/tiny-dts'];
const text = ['--prompt-file', 'node_modules/@types/node/fs.d.ts', '--prompt-bytes', `${promptBytes}`];

let started: Kvtide[] = [];
afterEach(() => {
  for (const run of started) run.dispose();
  started = [];
});

interface Members {
  readonly run: Kvtide;
  readonly coordinator: number;
  readonly workers: readonly number[];
}

/** A run that has said `line`, and its processes. */
async function running(line: string, flags: readonly string[] = []): Promise<Members> {
  const endless = ['--max-tokens', '100000', '--ignore-eos', '--json'];
  const run = new Kvtide(['generate', ...model, ...text, ...tight, ...endless, ...flags]);
  started.push(run);
  await run.says(line);
  const named = run.children().map((pid) => ({ pid, words: commandLine(pid) }));
  const withWord = (word: string) => named.filter(({ words }) => words.includes(word)).map(({ pid }) => pid);
  const byStage = ['0', '1'].flatMap((stage) =>
    withWord('worker').filter((pid) => {
      const words = commandLine(pid);
      return words[words.indexOf('--stage') + 1] === stage;
    }),
  );
  const [coordinator] = withWord('coordinator');
  if (coordinator === undefined || byStage.length !== 2) throw new Error('the cluster is not there');
  return { run, coordinator, workers: byStage };
}

function commandLine(pid: number): string[] {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
}

async function eventually(holds: () => boolean): Promise<boolean> {
  const giveUpAt = performance.now() + goneMs;
  while (!holds() && performance.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 20));
  return holds();
}

/** Mapped memory of ours never has a name; other programs may have some. */
const sharedMemory = (): string[] => readdirSync('/dev/shm').filter((name) => /kvtide/i.test(name));

const inDecode = `prefill: ${promptBytes} of ${promptBytes}`;

describe('a process that is killed while a run decodes', () => {
  it.each([
    [0, 'layers 0 to 2', inDecode],
    [1, 'layers 3 to 5', inDecode],
    [1, 'layers 3 to 5', 'prefill: '],
  ])('a worker: stage %i is named with %s after "%s"', async (stage, layers, line) => {
    const { run, coordinator, workers } = await running(line);
    const victim = workers[stage] ?? -1;
    process.kill(victim, 'SIGKILL');
    expect(await eventually(() => run.process.exitCode !== null)).toBe(true);
    const { code, stderr, stdout } = await run.finished();
    expect(code).toBe(10);
    expect(stdout).toBe('');
    const lines = stderr.split('\n').filter((one) => !/^(prefill: .*|\{.*\}|)$/.test(one)); // progress, log
    expect(lines).toEqual([expect.stringMatching(/^kvtide: worker worker-[0-9a-f]+ \(.*SIGKILL/)]);
    expect(lines[0]).toContain(`${layers}, pid ${victim}`);
    expect([coordinator, ...workers].filter(isAlive)).toEqual([]);
    expect(run.leftovers()).toEqual([]);
    expect(sharedMemory()).toEqual([]);
  });

  it('the coordinator: the run ends with one line', async () => {
    const { run, coordinator, workers } = await running(inDecode);
    process.kill(coordinator, 'SIGKILL');
    expect(await eventually(() => run.process.exitCode !== null)).toBe(true);
    const { code, stderr } = await run.finished();
    expect(code).not.toBe(0);
    expect(stderr.split('\n').filter((one) => one.startsWith('kvtide: '))).toEqual([
      expect.stringMatching(/^kvtide: the coordinator \(pid \d+\) ended unasked by SIGKILL/),
    ]);
    expect(workers.filter(isAlive)).toEqual([]);
    expect(run.leftovers()).toEqual([]);
  });

  it('the run itself: everything is gone soon', async () => {
    const { run, coordinator, workers } = await running(inDecode);
    run.process.kill('SIGKILL');
    expect(await eventually(() => ![coordinator, ...workers].some(isAlive))).toBe(true);
    expect(run.leftovers()).toEqual([]);
    expect(sharedMemory()).toEqual([]);
  });

  it('a worker with a data folder: what it had written serves the next run', async () => {
    const dataDir = scratchPath('data');
    const { run, coordinator, workers } = await running(inDecode, ['--data-dir', dataDir]);
    for (const pid of workers) process.kill(pid, 'SIGKILL');
    const { code } = await run.finished();
    expect(code).toBe(10);
    expect([coordinator, ...workers].filter(isAlive)).toEqual([]);
    const request = [...model, ...text, '--max-tokens', '4'];
    const next = await runGenerate([...request, '--data-dir', dataDir]);
    expect(next.report.cachedTokens).toBeGreaterThan(0);
    expect(next.report.steps).toEqual((await runGenerate(request)).report.steps);
    expect(next.stderr).not.toMatch(/corrupt|quarantine/);
  });
});
