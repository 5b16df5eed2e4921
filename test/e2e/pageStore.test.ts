import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { KvClient, type PageToPut } from '../../src/client/kvClient.js';
import type { BlockKey } from '../../src/core/blockKey.js';
import { Kvtide } from './runKvtide.js';
import { bytesFor, StoreCluster } from './storeCluster.js';

const folder = mkdtempSync(join(tmpdir(), 'kvtide-store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tokens = Uint32Array.from({ length: 12 * 64 + 5 }, (_, at) => at * 7);
const layers = [0, 1, 2, 3];

function pagesOf(keys: readonly BlockKey[]): PageToPut[] {
  return keys.flatMap((block, blockIndex) =>
    layers.map((layer) => ({ block, layer, blockIndex, ...bytesFor({ block, layer }) })),
  );
}

async function kindsOf(results: AsyncIterable<{ readonly kind: string }>): Promise<string[]> {
  const kinds = new Set<string>();
  for await (const { kind } of results) kinds.add(kind);
  return [...kinds];
}

async function cli(args: readonly string[]) {
  const run = new Kvtide(args);
  try {
    return await run.finished();
  } finally {
    run.dispose();
  }
}

/** The coordinator hears of pages a moment after they came. */
async function knownBlocks(client: KvClient, wanted: number): Promise<number> {
  for (const giveUpAt = Date.now() + 10_000; ; ) {
    const { blocks } = await client.blocks.lookup(tokens);
    if (blocks >= wanted || Date.now() > giveUpAt) return blocks;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a page store', { timeout: 120_000 }, () => {
  it('keeps pages of two stages with two workers each, also over a restart, and shows its lanes', async () => {
    const flags = ['--stages', '2', '--workers', '4', '--data-dir', join(folder, 'data')];
    const first = await StoreCluster.start(flags);
    let client = await KvClient.connect(first.address, { name: 'the-engine' });
    const keys = await client.blocks.keys(tokens);
    const { namespace } = await client.model();
    expect(keys).toHaveLength(12);
    expect(await kindsOf(client.blocks.put(pagesOf(keys)))).toEqual(['stored']);
    expect(await knownBlocks(client, 12)).toBe(12);

    const status = JSON.parse((await cli(['status', '--cluster', first.address, '--json'])).stdout);
    expect(status.workers).toHaveLength(4);
    const lanes = status.workers.flatMap(({ lanes: some }: { lanes: unknown[] }) => some);
    expect(lanes).toHaveLength(4);
    for (const lane of lanes) expect(lane).toMatchObject({ peer: 'the-engine', kind: 'shm' });
    const inPages = lanes.reduce((sum: number, lane: { inPages: number }) => sum + lane.inPages, 0);
    expect(inPages).toBe(48);
    const { stdout: table } = await cli(['status', '--cluster', first.address]);
    expect(table).toMatch(/worker-\w+ +│ the-engine +│ shm +│ \d+ pages, /);
    await client.close();
    await first.stop();

    const second = await StoreCluster.start(flags);
    client = await KvClient.connect(second.address);
    expect((await client.model()).namespace).toBe(namespace);
    expect(await client.blocks.keys(tokens)).toEqual(keys);
    expect(await knownBlocks(client, 12)).toBe(12);
    let hits = 0;
    for await (const got of client.blocks.get(
      keys.flatMap((block) => layers.map((layer) => ({ block, layer }))),
    )) {
      if (got.kind !== 'hit' || got.form !== 'copied') throw new Error(got.kind);
      const put = bytesFor(got.page);
      expect([Buffer.compare(got.k, put.k), Buffer.compare(got.v, put.v)]).toEqual([0, 0]);
      hits += 1;
    }
    expect(hits).toBe(48);
    await client.close();
    await second.stop();
  });

  it('computes nothing, and says so in one line', async () => {
    const cluster = await StoreCluster.start(['--stages', '1']);
    const file = join(folder, 'tokens.json');
    writeFileSync(file, '[1,2,3]');
    const run = await cli(['generate', '--cluster', cluster.address, '--tokens-file', file]);
    expect(run).toMatchObject({
      code: 3,
      stderr:
        'kvtide: this cluster stores pages and computes nothing: put and get blocks, or start one with --model\n',
    });
    await cluster.stop();
  });
});
