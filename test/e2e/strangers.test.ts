import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { issueCertificate, type PemPair } from '../../src/cli/certificateAuthority.js';
import { KvClient, type KvClientOptions } from '../../src/client/kvClient.js';
import { blockKeyFromBytes } from '../../src/core/blockKey.js';
import { scratchFolder } from '../support/scratchFolder.js';
import { Kvtide } from './runKvtide.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const readySchema = z.object({ address: z.string(), id: z.string() });
const folder = scratchFolder();
const certs = join(folder, 'certs');
const others = join(folder, 'others');
const audit = join(folder, 'audit.log');
const secretOf = { a: randomBytes(32).toString('hex'), b: randomBytes(32).toString('hex') };
const store = { name: 'test', layers: 1, kvHeads: 1, headDim: 16, dtype: 'f32', blockTokens: 16 };

const started: Kvtide[] = [];
const clients: KvClient[] = [];
let coordinator: { readonly run: Kvtide; readonly address: string };
let workerId = '';

async function command(...args: readonly string[]) {
  const run = new Kvtide(args);
  const ended = await run.finished();
  run.dispose();
  return ended;
}

async function start(args: readonly string[]) {
  const run = new Kvtide([...args, '--listen', '127.0.0.1:0', '--json', '--log-level', 'info']);
  started.push(run);
  await run.says('"address"');
  return { run, ...readySchema.parse(JSON.parse(run.stdout.split('\n')[0]!)) };
}

const pem = (name: string, dir = certs): Buffer => readFileSync(join(dir, name));
const tlsOf = (name: string, dir = certs) => ({
  ca: pem('ca.pem'),
  cert: pem(`${name}.pem`, dir),
  key: pem(`${name}.key`, dir),
});

/** @param tls what the client shows. */
async function connected(tls: KvClientOptions['tls'], more: KvClientOptions = {}): Promise<KvClient> {
  const client = await KvClient.connect(coordinator.address, {
    deadlineMs: 3_000,
    ...(tls === undefined ? {} : { tls }),
    ...more,
  });
  clients.push(client);
  return client;
}

const described = async (tls: KvClientOptions['tls'], more: KvClientOptions = {}) =>
  (await connected(tls, more)).describe();

/** What the coordinator has logged of refusals since the call. */
function refusals(): () => string {
  const before = coordinator.run.stderr.length;
  return () => coordinator.run.stderr.slice(before);
}

beforeAll(async () => {
  for (const dir of [certs, others]) {
    const made = await command('certs', 'init', '--dir', dir, '--hosts', '127.0.0.1', '--tenants', 'a,b');
    expect(made.code, made.stderr).toBe(0);
  }
  const tenants = join(folder, 'tenants.json');
  const entries = Object.entries(secretOf).map(([name, secret]) => [name, { secret }]);
  writeFileSync(tenants, JSON.stringify({ tenants: Object.fromEntries(entries) }));
  const config = join(folder, 'kv.json');
  writeFileSync(config, JSON.stringify(store));
  const shared = ['--tls-dir', certs, '--tenants-file', tenants];
  coordinator = await start(['coordinator', '--stages', '1', ...shared, '--audit-log', audit]);
  const data = join(folder, 'worker');
  mkdirSync(data);
  const worker = ['worker', '--kv-config', config, '--coordinator', coordinator.address, '--data-dir', data];
  ({ id: workerId } = await start([...worker, ...shared]));
});

afterAll(async () => {
  for (const client of clients) await client.close();
  for (const run of started) run.dispose();
});

describe('certificates that kvtide certs makes', () => {
  it('have keys that only their owner reads', () => {
    for (const name of ['ca', 'worker', 'admin', 'client-a']) {
      expect(statSync(join(certs, `${name}.key`)).mode & 0o777, name).toBe(0o600);
    }
  });

  it('let a client of a tenant in, under its name', async () => {
    const secret = Buffer.from(secretOf.a, 'hex');
    const client = await connected(tlsOf('client-a'), { tenantSecret: secret });
    const { workers } = await client.describe();
    expect(workers.map(({ id }) => id)).toEqual([workerId]);
  });
});

describe('a stranger is refused, and logged', () => {
  it.each<[string, () => KvClientOptions['tls'] | Promise<KvClientOptions['tls']>]>([
    ['without a certificate', () => ({ ca: pem('ca.pem') })],
    ['of another authority', () => tlsOf('client-a', others)],
    [
      'with a certificate that has ended',
      async () => {
        const authority: PemPair = { cert: pem('ca.pem').toString(), key: pem('ca.key').toString() };
        const leaf = { role: 'client', name: 'late', tenant: 'a', days: -1 } as const;
        const { cert, key } = await issueCertificate(authority, leaf);
        return { ca: pem('ca.pem'), cert, key };
      },
    ],
  ])('%s', async (_name, tls) => {
    const since = refusals();
    await expect(described(await tls())).rejects.toMatchObject({ kind: 'unavailable' });
    await vi.waitFor(() => expect(since()).toContain('refused'), { timeout: 10_000 });
  });

  it('in the clear', async () => {
    await expect(described(undefined)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('with the certificate of another tenant than it says', async () => {
    const since = refusals();
    await expect(described(tlsOf('client-a'), { tenant: 'b' })).rejects.toMatchObject({ kind: 'denied' });
    await vi.waitFor(() => expect(since()).toContain('refused'));
  });

  it('with the certificate of a worker, or of a client, where admins act', async () => {
    for (const name of ['worker', 'client-a']) {
      const since = refusals();
      const files = ['--tls-ca', join(certs, 'ca.pem'), '--tls-cert', join(certs, `${name}.pem`)];
      const flags = ['--cluster', coordinator.address, ...files, '--tls-key', join(certs, `${name}.key`)];
      const { code, stderr } = await command('drain', workerId, ...flags);
      expect([code, stderr]).toEqual([
        14,
        expect.stringMatching(/^kvtide: [^\n]*DrainWorker is for admin[^\n]*\n$/),
      ]);
      expect(since()).toContain('refused');
    }
  });
});

describe('keys of another tenant', () => {
  it('find nothing, whether the block is there or not', async () => {
    const owner = await connected(tlsOf('client-a'), { tenantSecret: Buffer.from(secretOf.a, 'hex') });
    const [block] = await owner.blocks.keys(Array.from({ length: store.blockTokens }, (_, at) => at));
    const half = Buffer.alloc(store.blockTokens * store.headDim * 4, 7);
    const page = { block: block!, layer: 0, blockIndex: 0, k: half, v: half };
    expect((await owner.blocks.put([page]).all()).map(({ kind }) => kind)).toEqual(['stored']);
    const stranger = await connected(tlsOf('client-b'), { tenantSecret: Buffer.from(secretOf.b, 'hex') });
    const nobodys = blockKeyFromBytes(randomBytes(32));
    for (const asked of [block!, nobodys]) {
      expect((await stranger.blocks.get([{ block: asked, layer: 0 }]).all()).map(({ kind }) => kind)).toEqual(
        ['miss'],
      );
      expect(await stranger.blocks.lookup([asked])).toMatchObject({ blocks: 0 });
    }
    expect((await owner.blocks.get([page]).all()).map(({ kind }) => kind)).toEqual(['hit']);
  });
});

describe('what an admin does', () => {
  it('is written down, with who and what', async () => {
    const flags = ['--cluster', coordinator.address, '--tls-dir', certs];
    const { code } = await command('drain', workerId, ...flags);
    expect(code).not.toBe(0); // a page store is not drained
    const lines = readFileSync(audit, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({
      method: 'kvtide.v1.Coordinator/DrainWorker',
      who: 'admin admin',
      outcome: 'unsupported',
      fields: { worker: workerId },
    });
  });
});
