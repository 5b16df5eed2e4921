import { describe, expect, it } from 'vitest';
import { scratchFile as file } from '../support/scratchFolder.js';
import { runCli } from './runCli.js';

const chat = 'test/fixtures/traces/chat.jsonl';
const line = '{"timestamp": 1, "input_length": 900, "output_length": 1, "hash_ids": [1, 2]}\n';

/** First in, first out, as a user would write it. */
const ownPolicy = `
import type { Eviction, RetentionFactory, RetentionPolicy } from 'kvtide/policy';
class Mine implements RetentionPolicy {
  readonly #queue: number[] = [];
  insert(handle: number): void { this.#queue.push(handle); }
  access(_handle: number): void {}
  remove(handle: number): void { this.#queue.splice(this.#queue.indexOf(handle), 1); }
  evict(count: number): Eviction { return { kind: 'victims', handles: this.#queue.splice(0, count) }; }
  resize(): void {}
}
const factory: RetentionFactory = () => new Mine();
export default factory;
`;

describe('kvtide sim', () => {
  it('prints what was replayed in one line of JSON', async () => {
    const { stdout, exitCode } = await runCli([
      'sim',
      '--trace',
      chat,
      '--policy',
      'fifo,min',
      '--capacity',
      '50,200',
      '--json',
    ]);
    expect(exitCode).toBe(0);
    const counts = {
      fifo: [
        [932, 875],
        [2094, 1951],
      ],
      min: [
        [2405, 2405],
        [3996, 3996],
      ],
    };
    const optimum = [2425, 4002];
    const runs = Object.entries(counts).flatMap(([policy, rows]) =>
      rows.map(([hits = 0, prefixHits = 0], at) => ({
        policy,
        capacity: [50, 200][at],
        hits,
        prefixHits,
        hitRate: hits / 7944,
        prefixHitRate: prefixHits / 7944,
        regret: (optimum[at]! - prefixHits) / optimum[at]!,
      })),
    );
    expect(JSON.parse(stdout)).toEqual({
      trace: { requests: 600, accesses: 7944, uniqueBlocks: 2824 },
      runs,
    });
    expect(stdout.endsWith('\n') && stdout.trimEnd().includes('\n')).toBe(false);
  });

  it('gives the same in one thread and in three, and from the same seed', async () => {
    const words = [
      'sim',
      '--synthetic',
      'agents:requests=80',
      '--seed',
      '9',
      '--capacity',
      '100,300',
      '--json',
    ];
    const [one, three] = await Promise.all([
      runCli([...words, '--jobs', '1']),
      runCli([...words, '--jobs', '3']),
    ]);
    expect(one.stdout).toBe(three.stdout);
    const other = await runCli([...words.slice(0, 4), '10', ...words.slice(5)]);
    expect(other.stdout).not.toBe(one.stdout);
  });

  it('replays a policy of the user in TypeScript or JavaScript', async () => {
    const typed = file('mine.ts', ownPolicy);
    const plain = file(
      'mine.js',
      ownPolicy
        .replace(/import type.*\n/, '')
        .replace(/ implements \w+|readonly /g, '')
        .replace(/: (number|void|Eviction|RetentionFactory)(\[\])?/g, ''),
    );
    const { stdout, stderr } = await runCli([
      'sim',
      '--trace',
      chat,
      '--policy',
      `fifo,${typed},${plain}`,
      '--capacity',
      '50',
      '--json',
    ]);
    expect(stderr).toBe('');
    const runs: { policy: string; hits: number; prefixHits: number }[] = JSON.parse(stdout).runs;
    expect(runs.map(({ hits, prefixHits }) => [hits, prefixHits])).toEqual([
      [932, 875],
      [932, 875],
      [932, 875],
    ]);
    expect(runs.map(({ policy }) => policy)).toEqual(['fifo', typed, plain]);
  });

  it('shows a table, and says so where ids name no prefixes', async () => {
    const table = await runCli(['sim', '--trace', chat, '--policy', 'lru', '--capacity', '50']);
    expect(table.stdout).toMatch(/lru +│ 50 +│ 1073 +│ 1073 +│ 0\.1351 +│ 0\.1351 +│ 0\.5575/);
    expect(table.stdout).toContain('600 requests, 7944 accesses, 2824 different blocks');
    expect(table.stdout).not.toContain('bound');
    const odd = file('odd.jsonl', line + line.replace('[1, 2]', '[2, 1]'));
    const shown = await runCli(['sim', '--trace', odd, '--policy', 'lru', '--capacity', '5']);
    expect(shown.stdout).toContain('a bound from above');
  });

  it('leaves bad lines out and says how many', async () => {
    const path = file('bad.jsonl', `${line}{"oops\n${line}nothing\n`);
    const run = await runCli([
      'sim',
      '--trace',
      path,
      '--policy',
      'lru',
      '--capacity',
      '5',
      '--skip-bad',
      '--json',
    ]);
    expect(run.stderr).toMatch(/^2 bad lines were left out, the first: .*line 2: it breaks off/);
    expect(JSON.parse(run.stdout).trace).toEqual({ requests: 2, accesses: 4, uniqueBlocks: 2 });
  });

  it('replays in tiers with sizes in bytes, and tells what moved and how long prompts took', async () => {
    const words = [
      'sim',
      '--trace',
      chat,
      '--policy',
      'lru,fifo',
      '--geometry',
      'models/tiny-dts/config.json',
    ];
    const tiers = ['--tiers', 'device=30MiB,pinned=270MiB'];
    const run = await runCli([...words, ...tiers, '--json']);
    expect(run.stderr).toBe('');
    const { blockBytes, tiers: sizes, runs } = JSON.parse(run.stdout);
    expect(blockBytes).toBe(1.5 * 2 ** 20);
    expect(sizes).toEqual([
      { tier: 'device', blocks: 20 },
      { tier: 'pinned', blocks: 180 },
    ]);
    expect(runs[0]).toMatchObject({ policy: 'lru', hits: 2097, prefixHits: 2097 });
    expect(runs[0].costMs).toBeCloseTo(runs[0].stallMs + runs[0].computeMs);
    expect((await runCli([...words, ...tiers])).stdout).toContain(
      'device 20 blocks, pinned 180 blocks of 1.5 MiB',
    );
  });

  it('sweeps admission and placement in tiers, and names the trace and its warm-up', async () => {
    const words = ['sim', '--trace', chat, '--policy', 'lru', '--geometry', 'models/tiny-dts/config.json'];
    const tiers = ['--tiers', 'device=30MiB,pinned=270MiB', '--warmup', '0.5'];
    const swept = ['--admission', 'tinylfu,always', '--placement', 'write-through,write-back'];
    const { stdout } = await runCli([...words, ...tiers, ...swept, '--json']);
    const { trace, runs } = JSON.parse(stdout);
    expect(trace).toEqual({
      name: 'chat.jsonl',
      requests: 600,
      accesses: 7944,
      uniqueBlocks: 2824,
      warmup: 0.5,
    });
    const named = runs.map((run: Record<string, string>) => [run.policy, run.admission, run.placement]);
    expect(named).toEqual([
      ['lru', 'always', 'write-through'],
      ['lru', 'always', 'write-back'],
      ['lru', 'tinylfu', 'write-through'],
      ['lru', 'tinylfu', 'write-back'],
    ]);
    const written = runs.map(
      ({ tiers: [, below] }: { tiers: { writtenBytes: number }[] }) => below?.writtenBytes,
    );
    expect(written[2]).toBeLessThan(written[0]);
    expect(written[3]).toBeLessThan(written[1]);
    const { stdout: table } = await runCli([...words, ...tiers, ...swept]);
    expect(table).toMatch(/lru +│ tinylfu +│ write-back/);
  });

  const sim = ['sim', '--trace', chat];
  const with5 = [...sim, '--capacity', '5'];
  const broken = (body: string): string => ownPolicy.replace(/evict\(count.*\n/, `${body}\n`);
  const cases: [string, readonly string[], RegExp, number][] = [
    ['no trace', ['sim', '--capacity', '5'], /--trace is missing/, 2],
    ['two traces', [...with5, '--synthetic', 'chat'], /both given/, 2],
    ['a missing trace', ['sim', '--trace', 'no/such', '--capacity', '5'], /no\/such does not exist/, 4],
    ['an empty trace', ['sim', '--trace', file('none', ''), '--capacity', '5'], /holds no requests/, 2],
    [
      'a bad line',
      ['sim', '--trace', file('cut', `${line}{"times`), '--capacity', '5'],
      /line 2: it breaks off.*--skip-bad/,
      2,
    ],
    ['no capacity', sim, /--capacity is missing/, 2],
    [
      'a capacity that is none',
      [...sim, '--capacity', '5,0'],
      /--capacity: a list of whole numbers.*not "0"/,
      2,
    ],
    ['an unknown policy', [...with5, '--policy', 'lru,fifu'], /"fifu" is none of .*did you mean "fifo"\?/, 2],
    ['no policy', [...with5, '--policy', ','], /--policy: a list of policies/, 2],
    ['a missing policy file', [...with5, '--policy', './no-such.ts'], /no-such\.ts does not exist/, 4],
    [
      'a policy that does not parse',
      [...with5, '--policy', file('syntax.ts', 'export default (')],
      /syntax\.ts cannot be loaded: /,
      2,
    ],
    [
      'a policy that exports nothing',
      [...with5, '--policy', file('empty.ts', 'export {};')],
      /must export a RetentionFactory as its default/,
      2,
    ],
    [
      'a policy that throws',
      [...with5, '--policy', file('throws.ts', broken('evict(): never { throw new Error("oops"); }'))],
      /policy .*throws\.ts: evict\(1\) threw: oops/,
      2,
    ],
    [
      'a policy that gives too few',
      [...with5, '--policy', file('few.ts', broken("evict() { return { kind: 'victims', handles: [] }; }"))],
      /few\.ts: evict\(1\) gave 0 victims/,
      2,
    ],
    [
      'a policy that gives what is not in',
      [
        ...with5,
        '--policy',
        file('odd.ts', broken("evict() { return { kind: 'victims', handles: [77] }; }")),
      ],
      /odd\.ts: evict\(1\) gave handle 77, which is not in/,
      2,
    ],
    [
      'an unknown kind',
      ['sim', '--synthetic', 'chatt', '--capacity', '5'],
      /"chatt" is none of .*did you mean "chat"\?/,
      2,
    ],
    [
      'an unknown parameter',
      ['sim', '--synthetic', 'loop:block=4', '--capacity', '5'],
      /loop has no "block".*did you mean "blocks"\?/,
      2,
    ],
    [
      'a parameter that is none',
      ['sim', '--synthetic', 'loop:blocks=x', '--capacity', '5'],
      /blocks: a whole number from 1/,
      2,
    ],
  ];

  const inTiers = [...sim, '--geometry', 'models/tiny-dts/config.json', '--tiers'];
  cases.push(
    ['tiers and a capacity', [...inTiers, 'device=1GiB', '--capacity', '5'], /both given/, 2],
    ['tiers of blocks of no size', [...sim, '--tiers', 'device=1GiB'], /--geometry is missing/, 2],
    ['a tier without a size', [...inTiers, 'device'], /--tiers: "device" is no pair/, 2],
    ['a tier too small', [...inTiers, 'device=1MiB'], /device holds no block of 1\.5 MiB/, 2],
    ['a tier that is there twice', [...inTiers, 'a=1GiB,a=2GiB'], /a is there twice/, 2],
    ['a tier without a bandwidth', [...inTiers, 'a=1GiB,pined=2GiB'], /says nothing of pined.*"pinned"/, 2],
    [
      'an admission that is none',
      [...inTiers, 'a=1GiB', '--admission', 'tinylfo'],
      /--admission: "tinylfo" is none of .*did you mean "tinylfu"/,
      2,
    ],
    ['an optimum in tiers', [...inTiers, 'a=1GiB', '--policy', 'min'], /min is worked out for one cache/, 2],
  );

  it.each(cases)('%s: one clear line', async (_name, args, message, exitCode) => {
    const run = await runCli(args);
    expect(run.stderr).toMatch(/^kvtide: [^\n]+\n$/);
    expect(run.stderr).toMatch(message);
    expect(run.stderr).not.toMatch(/\n\s+at /);
    expect(run.exitCode).toBe(exitCode);
    expect(run.stdout).toBe('');
  });
});
