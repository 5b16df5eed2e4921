import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../cli/runCli.js';
import { sampleResults } from './sampleResults.js';

const json = JSON.stringify(sampleResults());
const { trace } = sampleResults();

describe('kvtide sim report', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kvtide-report-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('writes a page from a file to a file, and says so', async () => {
    const [from, out] = [join(folder, 'sim.json'), join(folder, 'report.html')];
    writeFileSync(from, `${json}\n`);
    const { stdout, exitCode } = await runCli(['sim', 'report', '--from', from, '--out', out, '--json']);
    expect(exitCode).toBe(0);
    const page = readFileSync(out);
    expect(JSON.parse(stdout)).toEqual({ out, bytes: page.length, runs: sampleResults().runs.length });
    expect(page.toString()).toMatch(/^<!doctype html>/);
  });

  it('writes a page from stdin to stdout, whatever lines stand before the last', async () => {
    const { stdout, stderr, exitCode } = await runCli(['sim', 'report'], {}, `a line of before\n${json}\n`);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
  });

  it('shows what kvtide sim prints', async () => {
    const words = [
      'sim',
      '--synthetic',
      'chat:requests=50',
      '--capacity',
      '10,100',
      '--policy',
      'lru,min',
      '--json',
    ];
    const { stdout: results } = await runCli(words);
    const { stdout: page } = await runCli(['sim', 'report'], {}, results);
    expect(page.match(/<th scope="row"/g)).toHaveLength(4);
  });

  it('shows what kvtide sim prints of tiers', async () => {
    const trace = ['--synthetic', 'chat:requests=50', '--warmup', '0.2'];
    const words = ['sim', ...trace, '--policy', 'lru,fifo', '--json'];
    const tiers = ['--tiers', 'device=16MiB,pinned=64MiB', '--geometry', 'models/tiny-dts/config.json'];
    const { stdout: results } = await runCli([...words, ...tiers]);
    const { stdout: page } = await runCli(['sim', 'report'], {}, results);
    expect(page.match(/<th scope="row"/g)).toHaveLength(2);
    const [{ timeToFirstTokenMs, tiers: moved, traffic }] = JSON.parse(results).runs;
    expect(timeToFirstTokenMs.p90).toBeGreaterThanOrEqual(timeToFirstTokenMs.p50);
    const [, { readBytes, writtenBytes }] = moved;
    expect(readBytes).toBeGreaterThan(0);
    expect(writtenBytes).toBeGreaterThan(0);
    expect(traffic.bytes.pinned.reduce((sum: number, bytes: number) => sum + bytes, 0)).toBe(readBytes);
    const titles = ['Time to first token', 'Bytes read', 'Bytes written', 'Tier traffic over time'];
    for (const title of titles) expect(page).toContain(`<h2>${title}</h2>`);
    expect(page).toContain('Replay of chat:requests=50');
    expect(page).toContain('<dt>warm-up, not counted</dt><dd>20 %</dd>');
  });

  it('tells runs apart by what was swept beside the retention', async () => {
    const tiers = ['--tiers', 'device=16MiB,pinned=64MiB', '--geometry', 'models/tiny-dts/config.json'];
    const words = ['sim', '--synthetic', 'chat:requests=50', '--policy', 'lru,fifo', ...tiers, '--json'];
    const swept = [...words, '--admission', 'tinylfu', '--placement', 'write-back,write-through'];
    const { stdout: results } = await runCli(swept);
    const { stdout: page } = await runCli(['sim', 'report'], {}, results);
    const names = [...page.matchAll(/<th scope="row"[^>]*>([^<]+)/g)].map(([, name]) => name);
    expect(names.sort()).toEqual([
      'fifo, write-back',
      'fifo, write-through',
      'lru, write-back',
      'lru, write-through',
    ]);
  });

  it.each([
    ['nothing', '', 'stdin is empty'],
    ['no JSON', 'policy  capacity  hits', 'stdin is no JSON'],
    ['JSON of something else', '{"tokens":[1,2]}', 'stdin is no result of kvtide sim: trace: '],
    ['a list', '[]', 'stdin is no result of kvtide sim: '],
    ['no runs', JSON.stringify({ trace, runs: [] }), 'runs: there are no runs'],
    ['a run without a name', JSON.stringify({ trace, runs: [{ capacity: 1 }] }), 'runs.0.policy: '],
    ['a rate above 1', JSON.stringify({ trace, runs: [{ policy: 'lru', hitRate: 2 }] }), 'runs.0.hitRate: '],
  ])('answers %s with one line that says what is wanted', async (_what, text, reason) => {
    const { stdout, stderr, exitCode } = await runCli(['sim', 'report'], {}, text);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toContain(reason);
    expect(stderr).toMatch(/^kvtide: [^\n]*; give what kvtide sim --json printed\n$/);
  });

  it('says what is missing: input at a terminal, a file, a place for its line', async () => {
    const said = async (...words: string[]): Promise<string> =>
      (await runCli(['sim', 'report', ...words])).stderr;
    expect(await said()).toMatch(/^kvtide: --from is missing; [^\n]*\n$/);
    expect(await said('--from', join(folder, 'none.json'))).toMatch(/^kvtide: [^\n]* does not exist\n$/);
    expect(await said('--from', folder)).toMatch(/^kvtide: [^\n]* cannot be read: [^\n]*\n$/);
    expect(await said('--json')).toMatch(/^kvtide: --json wants --out FILE[^\n]*\n$/);
    const { stderr } = await runCli(['sim', 'report', '--out', join(folder, 'no', 'where.html')], {}, json);
    expect(stderr).toMatch(/^kvtide: [^\n]* cannot be written: [^\n]*\n$/);
    expect(await said('--ou', 'x')).toMatch(/^kvtide: unknown option [^\n]*\n$/);
  });
});
