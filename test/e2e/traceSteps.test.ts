import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { stallCauses } from '../../src/core/stallCause.js';
import { runGenerate, runToEnd } from '../support/runGenerate.js';
import { upCluster } from '../support/upCluster.js';

const model = 'models/tiny-dts';
const prompt = [
  '--model',
  model,
  '--prompt-file',
  'node_modules/@types/node/fs.d.ts',
  '--prompt-bytes',
  '1500',
];
const pageBytes = 128 * 1024;
const small = ['--stages', '1', '--device-bytes', '1280KiB', '--pinned-bytes', '16MiB'];
/** Each of the cold pages takes 4 ms. */
const link = ['--link-bandwidth', String(250 * pageBytes), '--link-latency-us', '50'];
const maxTokens = 6;
const generation = [...prompt, '--max-tokens', String(maxTokens)];

describe('kvtide generate --trace-steps', () => {
  it('tells for every step what it took, what it waited for, and what was brought', async () => {
    const { report } = await runGenerate([...generation, ...small, ...link, '--trace-steps']);
    expect(report.trace.map(({ position }) => position)).toEqual([
      ...[0, 256, 512, 768, 1024, 1280],
      ...Array.from({ length: maxTokens - 1 }, (_, token) => 1500 + token),
    ]);
    for (const { totalMs, computeMs, stallMs, stalls, bytes } of report.trace) {
      const sum = stallCauses.reduce((total, cause) => total + (stalls[cause] ?? Number.NaN), 0);
      expect(Math.abs(sum - stallMs)).toBeLessThan(1e-4 * (1 + stallMs));
      expect(totalMs).toBeGreaterThan(computeMs);
      expect(bytes.disk % pageBytes).toBe(0);
    }
    const pinnedBytes = report.trace.reduce((sum, { bytes }) => sum + bytes.pinned, 0);
    expect(pinnedBytes).toBe(report.prefetch.byTier.pinned.bytes);
    const last = report.trace.at(-1);
    expect(last?.bytes.pinned).toBeGreaterThanOrEqual(pageBytes);
    // Pages that take 4 ms each are waited for by a step that computes for less.
    expect(last?.stalls.link).toBeGreaterThan(0);
    expect(last?.stalls.pinned).toBe(0);
  });

  it('gives the same tokens without the link, whose copies then count as what they are', async () => {
    const linked = await runGenerate([...generation, ...small, ...link]);
    const copied = await runGenerate([...generation, ...small, '--trace-steps']);
    expect(copied.report.steps).toEqual(linked.report.steps);
    expect(linked.report.trace).toEqual([]);
    expect(copied.report.trace.at(-1)?.bytes.pinned).toBeGreaterThan(0);
    expect(copied.report.trace.every(({ stalls }) => stalls.link === 0)).toBe(true);
  });

  it('writes a line for each step where no JSON is asked for', async () => {
    const line = ['generate', ...generation, ...small, ...link, '--ignore-eos', '--trace-steps'];
    const { code, stderr } = await runToEnd(line);
    expect(code).toBe(0);
    const steps = stderr.split('\n').filter((text) => text.startsWith('step of '));
    expect(steps).toHaveLength(6 + maxTokens - 1);
    const figure = String.raw`\d+\.\d\d`;
    expect(steps.at(-1)).toMatch(
      new RegExp(
        `^step of token 1504: ${figure} ms, computed ${figure}, stalled ${figure} \\(.*link ${figure}.*\\), .* from pinned$`,
      ),
    );
  });
});

describe('a cluster over a link double', () => {
  it('says so in its status', async () => {
    const up = await upCluster(['--model', model, ...small, ...link]);
    try {
      const asJson = await runToEnd(['status', '--cluster', up.address, '--json']);
      const status = z
        .object({ workers: z.array(z.object({ link: z.record(z.string(), z.unknown()).nullable() })) })
        .parse(JSON.parse(asJson.stdout));
      expect(status.workers[0]?.link).toMatchObject({
        name: 'double',
        bytesPerSecond: 250 * pageBytes,
        latencyUs: 50,
      });
      const { stdout } = await runToEnd(['status', '--cluster', up.address]);
      expect(stdout).toMatch(/link double of 31\.25 MiB\/s and 50 µs/);
    } finally {
      await up.stop();
    }
  });

  it('refuses a bandwidth of nothing', async () => {
    const { code, stderr } = await runToEnd(['generate', ...prompt, '--link-bandwidth', '0']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^kvtide: --link-bandwidth: .*above 0/);
  });
});
