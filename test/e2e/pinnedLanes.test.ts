import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KvClient } from '../../src/client/kvClient.js';
import type { NamespaceId } from '../../src/core/namespace.js';
import { GroupCodec } from '../../src/tiers/codec/groupCodec.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import { type LaneKind, laneKinds } from '../../src/transfer/laneKind.js';
import { likelyPage, roundTrip } from '../tiers/codec/codecFixtures.js';
import { Kvtide } from './runKvtide.js';
import {
  blockKey,
  emptyView,
  laneTo,
  StoreCluster,
  type StoreWorker,
  storeGeometry,
} from './storeCluster.js';

const folder = mkdtempSync(join(tmpdir(), 'kvtide-pinned-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pages = 12;
const ids = Array.from({ length: pages }, (_, at) => ({ block: blockKey(1000 + at), layer: 0 }));
const computed = (at: number) => likelyPage(storeGeometry, at);
const int8 = new GroupCodec(8, storeGeometry);

describe('workers that keep pages in int8 in pinned memory', { timeout: 120_000 }, () => {
  let cluster: StoreCluster;
  let namespace: NamespaceId;
  beforeAll(async () => {
    cluster = await StoreCluster.start(['--stages', '1', '--workers', '2', '--pinned-dtype', 'int8']);
    const client = await KvClient.connect(cluster.address);
    namespace = (await client.model()).namespace;
    await client.close();
    const { lane, close } = await laneTo(cluster.workers[0]!, namespace);
    for (const [at, id] of ids.entries()) {
      const view = computed(at);
      const end = await lane.put({ id, view, blockIndex: at, checksum: pageChecksum(view) });
      expect(end).toMatchObject({ kind: 'stored' });
    }
    await close();
  }, 120_000);
  afterAll(() => cluster.stop());

  async function expectPages(worker: StoreWorker, allowed: readonly LaneKind[]): Promise<void> {
    const { lane, close } = await laneTo(worker, namespace, allowed);
    for (const [at, id] of ids.entries()) {
      const into = emptyView();
      const got = await lane.get(id, into);
      if (got.kind !== 'hit') throw new Error(got.kind);
      expect(pageChecksum(into)).toBe(pageChecksum(roundTrip(int8, computed(at))));
    }
    await close();
  }

  it.each(laneKinds.map((kind) => [kind]))('send them decoded over %s', async (kind: LaneKind) => {
    await expectPages(cluster.workers[0]!, [kind]);
  });

  it('copy them to each other', async () => {
    const [from, to] = cluster.workers.map(({ id }) => id);
    const file = join(folder, 'keys.txt');
    writeFileSync(file, `${ids.map(({ block }) => block).join('\n')}\n`);
    const ends = ['--from', from!, '--to', to!];
    const run = new Kvtide(['copy', '--cluster', cluster.address, ...ends, '--blocks-file', file, '--json']);
    const { stdout, code } = await run.finished();
    run.dispose();
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { pagesCopied: pages, pagesFailed: 0 }]);
    await expectPages(cluster.workers[1]!, laneKinds);
  });
});
