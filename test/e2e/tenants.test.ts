import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KvClient, type KvClientOptions, type PageToPut } from '../../src/client/kvClient.js';
import { type BlockKey, packBlockKeys } from '../../src/core/blockKey.js';
import { pageBytes } from '../../src/core/geometry.js';
import { coordinatorEndpoints, workerEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import { ownProtocol } from '../../src/rpc/protocolCheck.js';
import { Kvtide } from './runKvtide.js';
import { blockKey, bytesFor, StoreCluster, storeGeometry } from './storeCluster.js';

const folder = mkdtempSync(join(tmpdir(), 'kvtide-tenants-'));
const dataDir = join(folder, 'data');
const secrets = {
  a: Buffer.alloc(16, 1),
  b: Buffer.alloc(16, 2),
  small: Buffer.alloc(16, 3),
  slow: Buffer.alloc(16, 4),
};
const layers = [0, 1, 2, 3];
const tokens = Uint32Array.from({ length: 6 * 64 }, (_, at) => at * 5);
const smallPages = 8;

function tenantsFile(name: string, encryption: object[]): string {
  const path = join(folder, name);
  const hex = (of: keyof typeof secrets) => secrets[of].toString('hex');
  const tenants = {
    a: { secret: hex('a'), ...(encryption.length === 0 ? {} : { encryption }) },
    b: { secret: hex('b') },
    small: { secret: hex('small'), bytes: smallPages * pageBytes(storeGeometry) },
    slow: { secret: hex('slow'), requestsPerSecond: 0.1, requestBurst: 3 },
  };
  writeFileSync(path, JSON.stringify({ servers: { secret: '77'.repeat(16) }, tenants }));
  return path;
}

const encryptedWith = { id: 1, key: '11'.repeat(32) };
const flags = (file: string) => [
  '--workers',
  '2',
  '--stages',
  '1',
  '--data-dir',
  dataDir,
  '--tenants-file',
  file,
];

let cluster: StoreCluster;
beforeAll(async () => {
  cluster = await StoreCluster.start(flags(tenantsFile('tenants.json', [encryptedWith])));
}, 60_000);
afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function connect(tenant: keyof typeof secrets, more: KvClientOptions = {}): Promise<KvClient> {
  return KvClient.connect(cluster.address, { tenant, tenantSecret: secrets[tenant], ...more });
}

function pagesOf(keys: readonly BlockKey[]): PageToPut[] {
  return keys.flatMap((block, blockIndex) =>
    layers.map((layer) => ({ block, layer, blockIndex, ...bytesFor({ block, layer }) })),
  );
}

async function kindsOf(results: AsyncIterable<{ readonly kind: string }>): Promise<string[]> {
  const kinds = [];
  for await (const { kind } of results) kinds.push(kind);
  return [...new Set(kinds)];
}

async function known(client: KvClient, keys: readonly BlockKey[]): Promise<number> {
  for (const giveUpAt = Date.now() + 10_000; ; ) {
    const { blocks } = await client.blocks.lookup(keys);
    if (blocks === keys.length || Date.now() > giveUpAt) return blocks;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('tenants of a cluster', { timeout: 120_000 }, () => {
  it('find their own blocks, and nothing under the keys of another, over every lane', async () => {
    const a = await connect('a');
    const keys = await a.blocks.keys(tokens);
    expect(await kindsOf(a.blocks.put(pagesOf(keys)))).toEqual(['stored']);
    expect(await known(a, keys)).toBe(keys.length);
    expect(await kindsOf(a.blocks.get(pagesOf(keys)))).toEqual(['hit']);
    for (const lanes of [['shm'], ['unix'], ['tcp'], ['grpc']] as const) {
      const b = await connect('b', { lanes });
      for (const named of [keys, [blockKey(1), blockKey(2)]]) {
        expect(await kindsOf(b.blocks.get(pagesOf(named)))).toEqual(['miss']);
        expect((await b.blocks.lookup(named)).blocks).toBe(0);
        expect(new Set((await b.blocks.exists(pagesOf(named))).map(({ kind }) => kind))).toEqual(
          new Set(['absent']),
        );
        expect(await b.blocks.remove(named)).toMatchObject({ removedPages: 0, heldPages: 0 });
        for await (const put of b.blocks.put(pagesOf(named))) {
          expect(put.kind).not.toMatch(/stored|present/);
          expect(
            JSON.stringify(put, (_, value) => (value instanceof Error ? value.message : value)),
          ).toContain('a block key is not one of tenant \\"b\\"');
        }
      }
      await b.close();
    }
    expect(await kindsOf(a.blocks.get(pagesOf(keys)))).toEqual(['hit']);
    await a.close();
  });

  it('have blocks that servers copy in their own name, and that no tenant can copy but its own', async () => {
    const a = await connect('a');
    const keys = await a.blocks.keys(tokens);
    const [from, to] = cluster.workers.map(({ id }) => id);
    const copy = async (...args: string[]) => {
      const run = new Kvtide([
        'copy',
        '--cluster',
        cluster.address,
        '--from',
        from!,
        '--to',
        to!,
        '--json',
        ...args,
      ]);
      const { code, stdout, stderr } = await run.finished();
      run.dispose();
      return { code, stderr, ...(code === 0 ? JSON.parse(stdout) : {}) };
    };
    expect(await copy('--tenant', 'b')).toMatchObject({ code: 14, stderr: expect.stringContaining('names') });
    const list = join(folder, 'blocks.txt');
    writeFileSync(list, keys.join('\n'));
    const byOther = await copy('--tenant', 'b', '--blocks-file', list);
    expect(byOther).toMatchObject({ code: 10 });
    const byServers = await copy('--tenants-file', join(folder, 'tenants.json'));
    expect(byServers).toMatchObject({ code: 0, pagesFailed: 0 });
    expect(byServers.pagesCopied).toBeGreaterThan(0);
    expect(await copy('--tenant', 'a', '--blocks-file', list)).toMatchObject({ code: 0, pagesFailed: 0 });
    expect(await kindsOf(a.blocks.get(pagesOf(keys)))).toEqual(['hit']);
    await a.close();
  });

  it('are answered alike at the coordinator for what others have and what nobody has', async () => {
    const a = await connect('a');
    const keys = await a.blocks.keys(tokens);
    expect(await known(a, keys)).toBe(keys.length);
    const { namespace } = await a.model();
    const peer = new GrpcNetwork().dial(cluster.address);
    const answers = [];
    for (const named of [keys.slice(0, 2), [blockKey(1), blockKey(2)]]) {
      const blocks = packBlockKeys(named);
      const call = { tenant: 'b' };
      const created = peer.request(
        coordinatorEndpoints.createSequence,
        { protocol: ownProtocol(), namespace, blocks, tokens: 128 },
        call,
      );
      const refusal = created.catch(({ kind, message }) => ({ kind, message }));
      answers.push({
        located: await peer.request(coordinatorEndpoints.locate, { namespace, blocks }, call),
        found: await peer.request(coordinatorEndpoints.lookup, { namespace, blocks }, call),
        created: await refusal,
      });
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[0]?.located.blocks).toEqual([{ places: [] }, { places: [] }]);
    expect(answers[0]?.created).toMatchObject({ kind: 'denied' });
    peer.close();
    await a.close();
  });

  it('that the file does not name are refused in one clear line, by coordinator and workers', async () => {
    const stranger = await KvClient.connect(cluster.address, { tenant: 'stranger' });
    await expect(stranger.blocks.lookup(tokens)).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('tenant "stranger" is not served here'),
    });
    const { namespace } = await stranger.model();
    const peer = new GrpcNetwork().dial(cluster.workers[0]!.address);
    const open = { protocol: ownProtocol(), namespace, name: 'x', host: '' };
    await expect(peer.request(workerEndpoints.openLane, open, { tenant: 'stranger' })).rejects.toMatchObject({
      kind: 'denied',
    });
    const stream = peer.stream(workerEndpoints.getPages, { tenant: 'stranger' });
    await expect((async () => kindsOf(stream as never))()).rejects.toMatchObject({ kind: 'denied' });
    peer.close();
    await stranger.close();
  });

  it('keep no more bytes than their quota, and no more requests a second', async () => {
    const small = await connect('small');
    const keys = await small.blocks.keys(tokens);
    const kinds = [];
    for await (const put of small.blocks.put(pagesOf(keys.slice(0, 5)), { deadlineMs: 3000 })) {
      kinds.push(put.kind);
      if (put.kind === 'stored') continue;
      expect(JSON.stringify(put, (_, value) => (value instanceof Error ? value.message : value))).toContain(
        `may keep ${smallPages * pageBytes(storeGeometry)} bytes`,
      );
    }
    const stored = kinds.filter((kind) => kind === 'stored').length;
    expect(stored).toBeGreaterThanOrEqual(smallPages);
    expect(stored).toBeLessThanOrEqual(2 * smallPages); // the quota is that of each of two workers
    expect(stored).toBeLessThan(kinds.length);
    await small.blocks.flush(); // pages on their way to the disk are held
    expect(await small.blocks.remove(keys)).toMatchObject({ removedPages: stored, heldPages: 0 });
    expect(await kindsOf(small.blocks.put(pagesOf(keys.slice(0, 1))))).toEqual(['stored']);
    await small.close();

    const peer = new GrpcNetwork().dial(cluster.address);
    const { namespace } = await (await connect('a')).model();
    const ask = () =>
      peer.request(coordinatorEndpoints.lookup, { namespace, blocks: Buffer.alloc(0) }, { tenant: 'slow' });
    for (let call = 0; call < 3; call += 1) await ask();
    await expect(ask()).rejects.toMatchObject({
      kind: 'exhausted',
      context: { tenant: 'slow', quota: 'requests', retryAfterMs: expect.any(Number) },
    });
    peer.close();
  });

  it('have pages on disk that only their key reads: dropped, they are gone, and nothing fails', async () => {
    const [a, b] = [await connect('a'), await connect('b')];
    const [keys, others] = [await a.blocks.keys(tokens), await b.blocks.keys(tokens)];
    expect(await kindsOf(b.blocks.put(pagesOf(others)))).toEqual(['stored']);
    expect(await kindsOf(a.blocks.get(pagesOf(keys)))).toEqual(['hit']);
    await a.blocks.flush();
    await Promise.all([a.close(), b.close()]);
    await cluster.stop();
    const page = (block: BlockKey) => Buffer.from(bytesFor({ block, layer: 1 }).k.subarray(64, 128));
    expect(filesWith(dataDir, page(others[0]!))).toBe(true);
    expect(filesWith(dataDir, page(keys[0]!))).toBe(false);

    cluster = await StoreCluster.start(flags(join(folder, 'tenants.json')));
    const again = await connect('a');
    expect(await known(again, keys)).toBe(keys.length);
    expect(await kindsOf(again.blocks.get(pagesOf(keys)))).toEqual(['hit']);
    await again.close();
    await cluster.stop();

    cluster = await StoreCluster.start(flags(tenantsFile('dropped.json', [])));
    const [without, kept] = [await connect('a'), await connect('b')];
    expect(await known(kept, others)).toBe(others.length);
    expect(await kindsOf(without.blocks.get(pagesOf(keys)))).toEqual(['miss']);
    expect(await kindsOf(without.blocks.put(pagesOf(keys)))).toEqual(['stored']);
    expect(await kindsOf(without.blocks.get(pagesOf(keys)))).toEqual(['hit']);
    await Promise.all([without.close(), kept.close()]);
  });

  it('are named by a file whose mistakes are told in one line', async () => {
    const path = join(folder, 'wrong.json');
    for (const [tenants, wanted] of [
      [{ a: { secret: 'abcd' } }, 'a: a secret has 16 bytes or more, not 2'],
      [{ a: {} }, 'a.secret: give it as hex digits, or name a file as a.secretFile'],
      [
        { a: { secret: '11'.repeat(16), encryption: [{ id: 1, key: '11' }] } },
        'key 1 has 1 bytes; 32 are wanted',
      ],
      [{ a: { secret: '11'.repeat(16), bites: 1 } }, 'tenants.a'],
    ] as const) {
      writeFileSync(path, JSON.stringify({ tenants }));
      const run = new Kvtide(['coordinator', '--tenants-file', path]);
      const { code, stderr } = await run.finished();
      run.dispose();
      expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
      expect(stderr).toContain(wanted);
    }
  });
});

function filesWith(dir: string, bytes: Buffer): boolean {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .some((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(bytes));
}
