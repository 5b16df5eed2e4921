import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root } from './projectFiles.js';

/** An npm that writes down how it was called and does as `plan` says: a shell line by the words of the call. */
function fakeNpm(folder: string, plan: Readonly<Record<string, string>>): void {
  const cases = Object.entries(plan).map(([call, line]) => `"${call}"*) ${line} ;;`);
  writeFileSync(
    join(folder, 'npm'),
    `#!/bin/sh\necho "$*" >>"${folder}/calls"\ncase "$*" in\n${cases.join('\n')}\nesac\n`,
  );
  chmodSync(join(folder, 'npm'), 0o755);
}

const goodDemo = `echo '{"proofs":{"hotSameBits":true,"noCacheSameTokens":true}}'`;
const check = readFileSync(join(root, '.ci', 'check.mjs'), 'utf8');
/** Promises that have to be kept to the digit. */
const exactly = new Map(
  [...check.matchAll(/^ {2}(\w+): ([01]),$/gm)].map(([, name, value]) => [name, value]),
);
const ratio = (name: string): string => `{"name":"${name}","value":${exactly.get(name) ?? 0.015}}`;
/** What the check wants, over all benches. */
const ratios = [...check.matchAll(/'(\w+_\w+)'/g)].map(([, name = '']) => ratio(name)).join(',');
const goodBench = `echo progress; echo '{"bench":"'$4'","ratios":[${ratios}]}'`;
/** The last argument of the test step is where the counts go. */
const tests = (passed: number, failed: number): string =>
  `for last; do :; done; echo '{"numPassedTests":${passed},"numFailedTests":${failed}}' >"\${last#*=}"; [ ${failed} = 0 ]`;
const good = { 'run demo': goodDemo, 'run bench': goodBench, test: tests(40, 0) };

describe('.ci/run', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kvtide-ci-'));
    cpSync(join(root, '.ci'), join(folder, '.ci'), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = (plan: Readonly<Record<string, string>>, ...steps: string[]) => {
    fakeNpm(folder, plan);
    const ran = spawnSync(join(folder, '.ci', 'run'), steps, {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, TMPDIR: folder },
    });
    const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
    return { status: ran.status, last: ran.stdout.trimEnd().split('\n').at(-1), stdout: ran.stdout, calls };
  };

  it('runs every step and counts steps and tests', () => {
    const { status, last, calls } = run(good);
    expect(last).toBe('57 passed, 0 failed');
    expect(status).toBe(0);
    const benches = ['decode', 'transfer', 'disk', 'sim', 'long', 'faults', 'crash', 'fuzz', 'soak'];
    expect(calls.map((call) => call.replace(/ -- --.*| --short.*/, ''))).toEqual([
      'ci',
      'run lint',
      'run layers',
      'run types',
      'run unused',
      'test',
      'run demo',
      'run simulate',
      ...benches.map((name) => `run bench -- ${name}`),
    ]);
  });

  it('goes on after a failed step, and fails in the end', () => {
    const { status, last, calls } = run({ ...good, ci: 'exit 7', test: tests(38, 2) });
    expect(last).toBe('53 passed, 4 failed');
    expect(status).toBe(1);
    expect(calls).toHaveLength(17);
  });

  it.each([
    ['a proof that is false', 'demo', goodDemo.replace('true', 'false')],
    ['a demo without its line', 'demo', 'echo done'],
    ['a ratio that is missing', 'decode', goodBench.replace('hot2k_vs_nocache', 'other')],
    ['a ratio without a value', 'disk', goodBench.replaceAll('0.015', 'null')],
    [
      'a promise that is broken',
      'faults',
      goodBench.replace('"wrong_pages","value":0', '"wrong_pages","value":0.01'),
    ],
    ['a share that is too large', 'sim', goodBench.replaceAll('0.015', '0.021')],
    ['a search that found a fault', 'crash', `${goodBench}; exit 1`],
    ['a demo that fails after its line', 'demo', `${goodDemo}; exit 1`],
  ])('notices %s', (_what, step, line) => {
    const script = step === 'demo' ? 'run demo' : 'run bench';
    const { status, last } = run({ ...good, [script]: line }, step);
    expect(last).toBe('0 passed, 1 failed');
    expect(status).toBe(1);
  });

  it('does not wait for a process that a step forgot', () => {
    const { last } = run({ ...good, 'run lint': 'sleep 1000 & echo started' }, 'lint');
    expect(last).toBe('1 passed, 0 failed');
  });
});
