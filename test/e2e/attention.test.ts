import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { GenerateReport } from '../../src/cli/generateReport.js';
import { observedStepsMin } from '../../src/policy/heavyHitters.js';
import { runGenerate, runToEnd } from '../support/runGenerate.js';
import { upCluster } from '../support/upCluster.js';

const blockTokens = 64;
const model = ['--model', 'models/tiny-dts', '--block-tokens', String(blockTokens)];
const fsFile = 'node_modules/@types/node/fs.d.ts';
const fsText = (bytes: number) => [...['--prompt-file', fsFile], ...['--prompt-bytes', String(bytes)]];
const promptTokens = 4000;
const long = [...model, '--stages', '1', ...fsText(promptTokens)];
/** A device that holds a part of the pages only. */
const cold = ['--device-bytes', '1MiB', '--pinned-bytes', '32MiB'];
const pageBytes = 32 * 1024;
const fullLayers = 2;
const folder = mkdtempSync(join(tmpdir(), 'kvtide-test-'));
const tokensFile = join(folder, 'tokens.json');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const sealedPages = (step: { readonly position: number }) => Math.floor(step.position / blockTokens);

function decodeSteps({ trace }: GenerateReport) {
  return trace.filter(({ position }) => position >= promptTokens);
}

describe('kvtide generate --attention', () => {
  it('is exact by default, and says what was attended to', async () => {
    const { report, stderr } = await runGenerate([...long, '--max-tokens', '4', '--trace-steps']);
    expect(report.attention.mode).toBe('exact');
    expect(report.attention.skipped).toEqual({ pages: 0, bytes: 0 });
    for (const step of decodeSteps(report)) {
      expect(step.attended).toEqual({
        pages: fullLayers * sealedPages(step),
        bytes: fullLayers * sealedPages(step) * pageBytes,
      });
    }
    expect(stderr).not.toContain('not the exact answer');
  });

  it.each<[string, readonly string[]]>([
    ['two stages', ['--stages', '2']],
    ['little device memory', ['--stages', '1', ...cold]],
    ['speculation', ['--stages', '1', ...cold, '--speculate', 'ngram']],
  ])('gives the exact bits by top pages with the whole share: %s', async (_, args) => {
    const all = [...model, ...fsText(1500), '--max-tokens', '70', ...args];
    const exact = await runGenerate(all);
    const approximate = await runGenerate([...all, '--attention', 'top-pages', '--attention-share', '1']);
    expect(approximate.report.steps).toEqual(exact.report.steps);
    expect(approximate.report.attention.skipped.pages).toBe(0);
  });

  it('reads the top pages alone, and brings no others to the device', async () => {
    const args = [...long, ...cold, '--max-tokens', '70', '--trace-steps', '--attention', 'top-pages'];
    const { report, stderr } = await runGenerate(args);
    const all = await runGenerate([...args.slice(0, -2), '--attention', 'exact']);
    const steps = decodeSteps(report);
    expect(steps).toHaveLength(69);
    for (const step of steps) {
      const sealed = sealedPages(step);
      // Bounds are known from the prefill: no step reads more than its share.
      expect(step.attended.pages).toBe(fullLayers * Math.floor(sealed / 10));
      expect(step.skipped.pages).toBe(fullLayers * sealed - step.attended.pages);
      expect(step.attended.bytes).toBe(step.attended.pages * pageBytes);
    }
    const fetched = (run: GenerateReport) =>
      decodeSteps(run).reduce((sum, { bytes }) => sum + bytes.pinned, 0);
    expect(fetched(report)).toBeLessThan(fetched(all.report) / 4);
    expect(stderr).toMatch(/attention top-pages: .* of .* attended to; not the exact answer/);
  });

  it('chooses for each of the sequences that decode together what it would alone', async () => {
    const up = await upCluster(['--stages', '1', ...model, ...cold]);
    try {
      const inCluster = ['--cluster', up.address, '--model', 'models/tiny-dts', '--max-tokens', '40'];
      const top = ['--attention', 'top-pages', '--attention-share', '0.2'];
      const both = [1100, 1700].map((bytes) => [...inCluster, ...fsText(bytes), ...top]);
      // Of tenants of their own: neither finds the other's pages, or those of the run before.
      const run = (args: readonly string[], tenant: string) => runGenerate([...args, '--tenant', tenant]);
      const together = await Promise.all(both.map((args, at) => run(args, `together-${at}`)));
      for (const [at, args] of both.entries()) {
        const { report } = await run(args, `alone-${at}`);
        expect(together[at]?.report.steps).toEqual(report.steps);
        expect(together[at]?.report.attention).toEqual(report.attention);
      }
    } finally {
      await up.stop();
    }
  });

  it('reads sinks and window alone', async () => {
    const sinks = '--attention sinks --attention-sinks 4 --attention-window 512'.split(' ');
    const { report } = await runGenerate([...long, '--max-tokens', '4', '--trace-steps', ...sinks]);
    const [step] = decodeSteps(report);
    // The last 511 tokens before 4000 begin in block 54, and 62 blocks are whole.
    expect(step?.attended.pages).toBe(fullLayers * (1 + 62 - 54));
    expect(report.attention.mode).toBe('sinks');
  });

  it('lets all but the heavy hitters go once it has seen enough', async () => {
    const hitters = ['--attention', 'heavy-hitters', '--attention-share', '0.2'];
    const tokens = observedStepsMin + 8;
    const { report } = await runGenerate([
      ...long,
      '--max-tokens',
      String(tokens),
      '--trace-steps',
      ...hitters,
    ]);
    const steps = decodeSteps(report);
    expect(steps[0]?.skipped.pages).toBe(0);
    expect(steps[observedStepsMin - 1]?.skipped.pages).toBe(0);
    expect(steps.at(-1)?.attended.pages).toBe(fullLayers * Math.floor(0.2 * 62));
    expect(steps.at(-1)?.skipped.pages).toBe(fullLayers * (62 - Math.floor(0.2 * 62)));
  });

  it('leaves nothing behind that an exact run would find', async () => {
    const up = await upCluster(['--stages', '1', ...model]);
    try {
      const inCluster = ['--cluster', up.address, '--model', 'models/tiny-dts'];
      const approximate = '--attention sinks --attention-sinks 0 --attention-window 1'.split(' ');
      const generated = 160;
      const written = [...inCluster, ...fsText(1000), '--max-tokens', String(generated), ...approximate];
      const { report } = await runGenerate(written);
      // An exact run over the same tokens: their KV would be there by now, had it been sealed under their keys.
      const text = [...readFileSync(fsFile).subarray(0, 1000), ...report.tokens];
      writeFileSync(tokensFile, JSON.stringify(text));
      const asked = ['--tokens-file', tokensFile, '--max-tokens', '4'];
      const { report: exact } = await runGenerate([...inCluster, ...asked]);
      expect(exact.cachedTokens).toBe(Math.floor(1000 / blockTokens) * blockTokens);
      const alone = await runGenerate([...model, '--stages', '1', ...asked]);
      expect(exact.steps).toEqual(alone.report.steps);
    } finally {
      await up.stop();
    }
  });

  it('is refused where workers share a stage, in one line', async () => {
    const line = [...long, '--workers', '2', '--attention', 'top-pages'];
    const { code, stderr } = await runToEnd(['generate', ...line]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/^kvtide: .*attention mode topPages needs one worker a stage.*exact attention$/m);
  });
});
