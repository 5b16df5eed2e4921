import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KvClient } from '../../src/client/kvClient.js';
import type { NamespaceId } from '../../src/core/namespace.js';
import { type LaneKind, laneKinds } from '../../src/transfer/laneKind.js';
import { Kvtide } from './runKvtide.js';
import {
  blockKey,
  countRight,
  emptyView,
  laneTo,
  putBlocks,
  StoreCluster,
  type StoreWorker,
} from './storeCluster.js';

const folder = mkdtempSync(join(tmpdir(), 'kvtide-copy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const blocksOf = (first: number, count: number) =>
  Array.from({ length: count }, (_, at) => blockKey(first + at));

async function cli(args: readonly string[]) {
  const run = new Kvtide(args);
  try {
    return await run.finished();
  } finally {
    run.dispose();
  }
}

/** A cluster, the workers of its first stage, and one of another. */
async function started(flags: readonly string[] = []) {
  const cluster = await StoreCluster.start(['--stages', '2', '--workers', '4', ...flags]);
  const [a, b] = cluster.workers.filter(({ layers }) => layers[0] === 0) as [StoreWorker, StoreWorker];
  const other = cluster.workers.find(({ layers }) => layers[0] > 0) as StoreWorker;
  return { cluster, namespace: await namespaceOf(cluster), a, b, other };
}

async function namespaceOf({ address }: StoreCluster): Promise<NamespaceId> {
  const client = await KvClient.connect(address);
  const { namespace } = await client.model();
  await client.close();
  return namespace;
}

const copy = ({ address }: StoreCluster, from: StoreWorker, to: StoreWorker, ...more: string[]) =>
  cli(['copy', '--cluster', address, '--from', from.id, '--to', to.id, ...more]);

describe('kvtide copy', { timeout: 120_000 }, () => {
  let scene: Awaited<ReturnType<typeof started>>;
  beforeAll(async () => {
    scene = await started();
  });
  afterAll(() => scene.cluster.stop());

  async function put(worker: StoreWorker, first: number, count: number): Promise<void> {
    const { lane, close } = await laneTo(worker, scene.namespace);
    await putBlocks(lane, blocksOf(first, count), worker.layers);
    await close();
  }

  async function right(worker: StoreWorker, first: number, count: number): Promise<number> {
    const { lane, close } = await laneTo(worker, scene.namespace);
    const pages = await countRight(lane, blocksOf(first, count), worker.layers);
    await close();
    return pages;
  }

  function keysFile(first: number, count: number): string {
    const path = join(folder, `keys-${first}.txt`);
    writeFileSync(path, `${blocksOf(first, count).join('\n')}\n`);
    return path;
  }

  it('copies the blocks of a file, byte for byte, and knows on a second run that they are there', async () => {
    const { a, b, cluster } = scene;
    await put(a, 1000, 20);
    const file = keysFile(1000, 20);
    const first = await copy(cluster, a, b, '--blocks-file', file, '--json');
    expect(first.stderr).toBe('copy: 40 of 40 pages over shm\n');
    expect(JSON.parse(first.stdout)).toEqual({
      from: a.id,
      to: b.id,
      pagesTotal: 40,
      pagesCopied: 40,
      pagesPresent: 0,
      pagesFailed: 0,
      bytesCopied: 40 * 32_768,
      pagesRemoved: 0,
      lane: 'shm',
    });
    expect(await right(b, 1000, 20)).toBe(40);
    expect(await right(a, 1000, 20)).toBe(40);
    const again = await copy(cluster, a, b, '--blocks-file', file, '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ pagesCopied: 0, pagesPresent: 40 });
  });

  it('moves all that a worker holds', async () => {
    const { a, b, cluster } = scene;
    await put(b, 2000, 10);
    // The coordinator hears of pages a moment after they came.
    let moved = 0;
    for (const giveUpAt = Date.now() + 10_000; moved < 20 && Date.now() < giveUpAt; ) {
      const { stdout, code, stderr } = await copy(cluster, b, a, '--migrate', '--json');
      expect([code, stderr.includes('kvtide:')]).toEqual([0, false]);
      moved += JSON.parse(stdout).pagesCopied;
    }
    expect(await right(a, 2000, 10)).toBe(20);
    expect(await right(b, 2000, 10)).toBe(0);
  });

  it('copies what is there and says what is not', async () => {
    const { a, b, cluster } = scene;
    await put(a, 3000, 2);
    const { code, stdout, stderr } = await copy(cluster, a, b, '--blocks-file', keysFile(3000, 5), '--json');
    expect(JSON.parse(stdout)).toMatchObject({ pagesTotal: 10, pagesCopied: 4, pagesFailed: 6 });
    expect(stderr).toContain(`kvtide: 6 of 10 pages were not copied: worker ${a.id} does not have them`);
    expect(code).toBe(10);
  });

  it('refuses workers of other layers, a worker that is not there, and a worker itself, in one line', async () => {
    const { a, b, other, cluster } = scene;
    const refused = await copy(cluster, a, other);
    expect(refused.stderr).toBe(
      `kvtide: worker "${a.id}" has layers 0 to 1 and worker "${other.id}" has layers 2 to 3: blocks move between workers of the same layers\n`,
    );
    expect(refused.code).toBe(2);
    const nobody = await copy(cluster, { ...a, id: 'worker-0' }, b);
    expect(nobody).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('there is no worker "worker-0"'),
    });
    expect((await copy(cluster, a, a)).stderr).toContain('cannot move to itself');
  });
});

describe('a copy over each lane', { timeout: 120_000 }, () => {
  it.each(laneKinds.map((kind) => [kind]))('%s alone', async (kind: LaneKind) => {
    const { cluster, namespace, a, b } = await started(['--lanes', kind]);
    try {
      const from = await laneTo(a, namespace);
      expect(from.lane.kind).toBe(kind);
      await putBlocks(from.lane, blocksOf(1, 8), a.layers);
      await from.close();
      const file = join(folder, 'eight.txt');
      writeFileSync(file, blocksOf(1, 8).join('\n'));
      const { stdout } = await copy(cluster, a, b, '--blocks-file', file, '--json');
      expect(JSON.parse(stdout)).toMatchObject({ pagesCopied: 16, lane: kind });
      const to = await laneTo(b, namespace);
      expect(await countRight(to.lane, blocksOf(1, 8), b.layers)).toBe(16);
      await to.close();
    } finally {
      cluster.dispose();
    }
  });
});

describe('a copy that is cut short', { timeout: 120_000 }, () => {
  const blocks = blocksOf(1, 2000);
  const pages = blocks.length * 4;
  let cluster: StoreCluster;
  let namespace: NamespaceId;
  let a: StoreWorker;
  let b: StoreWorker;
  let run: Kvtide;

  /** Starts a copy of all blocks from `a` to `b` and returns when the first of them have come. */
  beforeEach(async () => {
    cluster = await StoreCluster.startApart(['--pinned-bytes', '256MiB']);
    namespace = await namespaceOf(cluster);
    [a, b] = cluster.workers as [StoreWorker, StoreWorker];
    const from = await laneTo(a, namespace);
    await putBlocks(from.lane, blocks, a.layers);
    await from.close();
    const file = join(folder, 'many.txt');
    writeFileSync(file, blocks.join('\n'));
    run = new Kvtide([
      'copy',
      '--cluster',
      cluster.address,
      '--from',
      a.id,
      '--to',
      b.id,
      '--blocks-file',
      file,
      '--migrate',
    ]);
    const to = await laneTo(b, namespace);
    const into = emptyView();
    while ((await to.lane.get({ block: blocks[40]!, layer: 1 }, into)).kind !== 'hit')
      await new Promise((resolve) => setTimeout(resolve, 1));
    await to.close();
  });
  afterEach(() => {
    run.dispose();
    cluster.dispose();
  });

  async function right(worker: StoreWorker): Promise<number> {
    const { lane, close } = await laneTo(worker, namespace);
    const count = await countRight(lane, blocks, worker.layers);
    await close();
    return count;
  }

  it('by the end of its source ends with one line that counts, and what came is right', async () => {
    process.kill(a.pid, 'SIGKILL');
    const { code, stderr } = await run.finished();
    const line =
      /^kvtide: worker (\S+) at \S+ gave (\d+) of (\d+) pages \(0 were here before\) and cannot be reached any more: .*\n$/;
    const [, who, copied, total] = line.exec(stderr.replace(/^copy: .*\n/gm, '')) ?? [];
    expect([who, Number(total), code], stderr).toEqual([a.id, pages, 10]);
    expect(Number(copied)).toBeGreaterThan(160);
    expect(Number(copied)).toBeLessThan(pages);
    expect(await right(b)).toBe(Number(copied));
  });

  it('by Ctrl-C stops at the destination too, and nothing is removed', async () => {
    run.process.kill('SIGINT');
    expect((await run.finished()).code).toBe(130);
    const client = await KvClient.connect(cluster.address);
    const isCopying = async () =>
      (await client.workerFigures(b.address)).lanes.some(({ openedHere }) => openedHere);
    while (await isCopying()) await new Promise((resolve) => setTimeout(resolve, 5));
    await client.close();
    expect(await right(b)).toBeLessThan(pages);
    expect(await right(a)).toBe(pages);
  });
});
