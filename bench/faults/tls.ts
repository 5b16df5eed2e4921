import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KvClient } from '../../src/client/kvClient.js';
import { blockKeyBytes, blockKeyFromBytes } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import type { Bench, BenchRatio, BenchRow } from '../support/bench.js';
import { median } from '../support/median.js';
import { BenchPages, benchHalfBytes } from '../transfer/benchPages.js';
import { withStores } from '../transfer/storeCluster.js';
import { benchGeometry } from '../transfer/transferSizes.js';

const rounds = 5;
const calls = { full: 1_000, short: 200 };
const blocks = { full: 8, short: 2 };
const entry = new URL('../../bin/kvtide.js', import.meta.url).pathname;

interface Sample {
  readonly controlMs: number;
  readonly getGigabytesPerSecond: number;
  readonly putGigabytesPerSecond: number;
}

/** What mutual TLS costs: control calls, and pages over the TCP lane, beside the same in the clear. */
export const tlsPart: Bench = async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'kvtide-tls-'));
  try {
    const tlsDir = join(folder, 'certs');
    execFileSync(process.execPath, [entry, 'certs', 'init', '--dir', tlsDir], { stdio: 'ignore' });
    const size = context.short ? 'short' : 'full';
    const store = { pinnedBytes: 2 * 2 ** 30, lanes: ['tcp'] as ['tcp'] };
    return await withStores(benchGeometry, [store, { ...store, tlsDir }], context, async (stores) => {
      const pages = new BenchPages(benchGeometry.layers.length);
      const samples: Sample[][] = [[], []];
      for (let round = -1; round < rounds; round += 1) {
        for (const [at, { client }] of stores.entries()) {
          const sample = await measure(client, pages, calls[size], blocks[size]);
          if (round >= 0) samples[at]!.push(sample); // the first one warms up
        }
      }
      const [clear, mtls] = samples.map(middle);
      const rows: BenchRow[] = [
        { name: 'control and TCP lane in the clear', n: rounds, figures: { ...clear! } },
        { name: 'control and TCP lane with mutual TLS', n: rounds, figures: { ...mtls! } },
      ];
      const ratio = (name: string, figure: keyof Sample): BenchRatio => ({
        name,
        value: mtls![figure] / clear![figure],
        n: rounds,
        baseline: rows[0]!.name,
      });
      return {
        rows,
        ratios: [
          ratio('mtls_control_vs_clear', 'controlMs'),
          ratio('mtls_tcp_get_vs_clear', 'getGigabytesPerSecond'),
          ratio('mtls_tcp_put_vs_clear', 'putGigabytesPerSecond'),
        ],
        missing: [],
      };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

async function measure(
  client: KvClient,
  pages: BenchPages,
  count: number,
  blockCount: number,
): Promise<Sample> {
  const times: number[] = [];
  for (let call = 0; call < count; call += 1) {
    const startedMs = performance.now();
    await client.describe();
    times.push(performance.now() - startedMs);
  }
  const layers = benchGeometry.layers.length;
  const ids = Array.from({ length: blockCount }, () => blockKeyFromBytes(randomBytes(blockKeyBytes))).flatMap(
    (block) => Array.from({ length: layers }, (_, layer) => ({ block, layer, blockIndex: 0 })),
  );
  const bytes = ids.length * 2 * benchHalfBytes;
  const putMs = await timed(async () => {
    for await (const { kind } of client.blocks.put(ids.map((id, at) => ({ ...id, ...pages.view(at) }))))
      if (kind !== 'stored') throw new KvError('internal', `a page was not stored: ${kind}`);
  });
  const getMs = await timed(async () => {
    for await (const { kind } of client.blocks.get(ids))
      if (kind !== 'hit') throw new KvError('internal', `a page was not found: ${kind}`);
  });
  const kinds = (await client.lanes()).map(({ kind }) => kind);
  if (kinds.join() !== 'tcp') throw new KvError('internal', `pages went over ${kinds.join()}, not over TCP`);
  const rate = (ms: number): number => bytes / 1e6 / ms;
  return { controlMs: median(times), getGigabytesPerSecond: rate(getMs), putGigabytesPerSecond: rate(putMs) };
}

async function timed(act: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await act();
  return performance.now() - startedMs;
}

function middle(samples: readonly Sample[]): Sample {
  const of = (figure: keyof Sample): number => median(samples.map((sample) => sample[figure]));
  return {
    controlMs: of('controlMs'),
    getGigabytesPerSecond: of('getGigabytesPerSecond'),
    putGigabytesPerSecond: of('putGigabytesPerSecond'),
  };
}
