import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RetentionFactory } from '../../src/policy/policy.js';
import type { PolicyEvent } from '../../src/policy/policyEvent.js';
import { retentionPolicies, retentionPolicyNames } from '../../src/policy/retentionPolicies.js';
import { replayEvents } from '../policy/replayEvents.js';
import { runGenerate, runToEnd } from '../support/runGenerate.js';
import { type UpCluster, upCluster } from '../support/upCluster.js';

/** The user's policy is an LRU as far as it goes. */
const factories = new Map<string, RetentionFactory>(Object.entries(retentionPolicies));

const prompt = 'export function first(values) { return values[0]; }\n'.repeat(8);
const text = ['--model', 'models/tiny-dts', '--prompt', prompt, '--max-tokens', '64'];
/** So little that both tiers below have to give blocks up. */
const small = [
  '--model',
  'models/tiny-dts',
  '--block-tokens',
  '16',
  '--pinned-bytes',
  '256KiB',
  '--disk-bytes',
  '1MiB',
];

/** LRU, until it is to give up a second block. */
const failing = `
export default () => {
  const order = new Set<number>();
  let evictions = 0;
  return {
    insert: (handle: number) => void order.add(handle),
    access: (handle: number) => {
      order.delete(handle);
      order.add(handle);
    },
    remove: (handle: number) => void order.delete(handle),
    resize: () => {},
    evict: (count: number, isProtected: (handle: number) => boolean) => {
      const handles = [...order].filter((handle) => !isProtected(handle)).slice(0, count);
      if (handles.length < count) return { kind: 'none' };
      evictions += 1;
      if (evictions > 1) throw new Error('a mistake');
      for (const handle of handles) order.delete(handle);
      return { kind: 'victims', handles };
    },
  };
};
`;

describe('policies of a running cluster', () => {
  let folder: string;
  let cluster: UpCluster;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kvtide-policies-'));
    const file = join(folder, 'mine.ts');
    writeFileSync(file, failing);
    const shadows = retentionPolicyNames.slice(0, 4).join(',');
    const watched = ['--record', join(folder, 'trace'), '--shadow', shadows];
    cluster = await upCluster([...small, '--stages', '2', '--retention', file, ...watched]);
  });
  afterAll(async () => {
    await cluster?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const statusOf = async () => {
    const { stdout } = await runToEnd(['status', '--cluster', cluster.address, '--json']);
    return JSON.parse(stdout) as {
      workers: {
        tiers: { tier: string; pages: number }[];
        policies: { tier: string; kind: string; name: string; failures: number }[];
        steps: number;
        shadows: { uses: number; policies: { name: string }[]; missRatios: unknown[] };
      }[];
    };
  };
  const set = (kind: string, name: string) =>
    runToEnd(['policy', 'set', kind, name, '--cluster', cluster.address]);

  it("of a user's file that throws leave their place to lru", async () => {
    for (const number of [1, 2])
      await runGenerate([...text, '--prompt', `${number}${prompt}`, '--cluster', cluster.address]);
    for (const { policies } of (await statusOf()).workers)
      expect(policies).toContainEqual({ tier: 'pinned', kind: 'retention', name: 'lru', failures: 1 });
  });

  it('may change while a run goes on, which answers the same tokens', async () => {
    const before = await runGenerate([...text, '--cluster', cluster.address]);
    const running = runGenerate([...text, '--cluster', cluster.address]);
    for (const name of ['fifo', 'lru', 'fifo']) expect((await set('retention', name)).code).toBe(0);
    expect((await set('residency', 'lru')).code).toBe(0);
    for (const name of ['tinylfu', 'second-touch', 'always'])
      expect((await set('admission', name)).code).toBe(0);
    for (const name of ['write-back', 'selective', 'write-through'])
      expect((await set('placement', name)).code).toBe(0);
    const { report } = await running;
    expect(report.tokens).toEqual(before.report.tokens);
    expect((await runGenerate([...text, '--cluster', cluster.address])).report.tokens).toEqual(report.tokens);
  });

  it('are shown by status, and keep every page when they change', async () => {
    const before = await statusOf();
    expect((await set('retention', 'lru')).stdout).toMatch(
      /^worker-\w+: retention is lru\nworker-\w+: retention is lru\n$/,
    );
    const after = await statusOf();
    for (const [index, { tiers, policies }] of after.workers.entries()) {
      expect(policies.map(({ tier, kind, name }) => `${tier} ${kind} ${name}`)).toEqual([
        'device residency lru',
        'pinned retention lru',
        'disk retention lru',
        'pinned admission always',
        'disk admission always',
        'device placement write-through',
      ]);
      const pages = (list: typeof tiers) => list.map(({ pages: count }) => count);
      expect(pages(tiers)).toEqual(pages(before.workers[index]!.tiers));
    }
  });

  it('beside them are told of each use', async () => {
    for (const { shadows, steps } of (await statusOf()).workers) {
      expect(steps).toBeGreaterThan(0);
      expect(shadows.policies.map(({ name }) => name)).toEqual(retentionPolicyNames.slice(0, 4));
      expect(shadows.uses).toBeGreaterThan(10);
      expect(shadows.missRatios.length).toBeGreaterThan(3);
    }
    const { stdout } = await runToEnd(['status', '--policies', '--cluster', cluster.address]);
    expect(stdout).toMatch(/│ live .* %/);
    expect(stdout).toMatch(/sampled uses the live cache had \d+, the optimum \d+: regret -?\d/);
  });

  it('that are unknown are refused in one line that offers the nearest', async () => {
    const { code, stderr } = await set('retention', 'fifi');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^kvtide: "fifi" is no retention policy; there are .*; did you mean "fifo"\?\n$/);
  });

  it('decide in the replay of a recording as they did in the workers', async () => {
    for (let number = 0; number < 3; number += 1)
      await runGenerate([
        '--model',
        'models/tiny-dts',
        '--prompt',
        `${number} ${prompt}`,
        '--max-tokens',
        '16',
        '--cluster',
        cluster.address,
      ]);
    await cluster.stop();
    for (const worker of [0, 1]) {
      const lines = readFileSync(join(folder, `trace.${worker}`), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines[0]).toMatchObject({ kvtide: 'trace', version: 1, blockTokens: 16 });
      const events = lines.filter((line): line is PolicyEvent => 'event' in line);
      const replay = replayEvents(events, (name) => factories.get(name) ?? retentionPolicies.lru);
      expect(replay.differing).toBe(0);
      expect(replay.evictions).toBeGreaterThan(10);
      expect(lines.filter((line) => 'hash_ids' in line)).toHaveLength(8);
    }
  });
});
