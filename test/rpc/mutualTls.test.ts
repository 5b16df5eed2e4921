import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  issueCertificate,
  type LeafRequest,
  makeAuthority,
  type PemPair,
} from '../../src/cli/certificateAuthority.js';
import { KvError } from '../../src/core/errors.js';
import { onRequest, onStream } from '../../src/core/ports/network.js';
import type { AdminAction, Refusal } from '../../src/core/ports/securityObserver.js';
import { CertificateFiles } from '../../src/rpc/certificateFiles.js';
import type { LiveCertificates } from '../../src/rpc/certificateSet.js';
import { coordinatorEndpoints, workerEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';

/** The machine may be busy. */
const patient = { timeout: 20_000 };

const { describe: describeCluster, drainWorker, register, moveBlocks } = coordinatorEndpoints;
const day = { days: 1 };
const closers: (() => Promise<void> | void)[] = [];
let folder: string;
let ca: PemPair;
let otherCa: PemPair;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kvtide-mtls-'));
  [ca, otherCa] = await Promise.all([makeAuthority('test', 1), makeAuthority('test', 1)]);
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const fixed = (pair: PemPair, authority = ca): LiveCertificates => {
  const set = { ca: Buffer.from(authority.cert), cert: Buffer.from(pair.cert), key: Buffer.from(pair.key) };
  return { current: () => set, onChange: () => () => {} };
};
const issue = (leaf: Omit<LeafRequest, 'days'>, authority = ca) =>
  issueCertificate(authority, { ...leaf, ...day });
const worker = () => issue({ role: 'worker', name: 'w', hosts: ['127.0.0.1'] });
const clientOf = (tenant: string) => issue({ role: 'client', name: 'laptop', tenant });

async function serve(certificates?: LiveCertificates) {
  const refusals: Refusal[] = [];
  const actions: AdminAction[] = [];
  const security = {
    refused: (one: Refusal) => void refusals.push(one),
    acted: (one: AdminAction) => void actions.push(one),
  };
  const tenants: string[] = [];
  const network = new GrpcNetwork({
    insecureNetwork: false,
    security,
    certificates: certificates ?? fixed(await worker()),
  });
  const server = await network.serve('127.0.0.1:0', [
    onRequest(describeCluster, async (_, { tenant }) => {
      tenants.push(tenant);
      return {};
    }),
    onRequest(drainWorker, async ({ worker: id }) => {
      if (id === 'nobody') throw new KvError('notFound', 'there is none');
      return { done: true };
    }),
    onRequest(register, async () => ({})),
    onStream(moveBlocks, async (stream) => {
      for await (const _ of stream) await stream.send({ done: true });
    }),
  ]);
  closers.push(() => server.close(0));
  return { address: server.address, refusals, actions, tenants };
}

function dial(address: string, certificates: LiveCertificates) {
  const peer = new GrpcNetwork({ insecureNetwork: false, certificates }).dial(address);
  closers.push(() => peer.close());
  return peer;
}

describe('a server with certificates', () => {
  it('takes the tenant of a client from its certificate, and refuses another', async () => {
    const { address, refusals, tenants } = await serve();
    const peer = dial(address, fixed(await clientOf('açme')));
    await peer.request(describeCluster, {}, { tenant: 'açme' });
    await expect(peer.request(describeCluster, {}, { tenant: 'beta' })).rejects.toMatchObject({
      kind: 'denied',
    });
    expect(tenants).toEqual(['açme']);
    expect(refusals).toMatchObject([{ reason: 'tenant', who: 'client açme/laptop' }]);
  });

  it('lets each role call what is its own', async () => {
    const { address, refusals } = await serve();
    const admin = dial(address, fixed(await issue({ role: 'admin', name: 'ops' })));
    const own = dial(address, fixed(await worker()));
    const client = dial(address, fixed(await clientOf('acme')));
    const tenant = { tenant: 'acme' };
    await admin.request(drainWorker, { worker: 'w1' });
    await own.request(register, {});
    const denied = { kind: 'denied' };
    await expect(own.request(drainWorker, { worker: 'w1' })).rejects.toMatchObject(denied);
    await expect(client.request(drainWorker, { worker: 'w1' }, tenant)).rejects.toMatchObject(denied);
    await expect(client.request(register, {}, tenant)).rejects.toMatchObject(denied);
    await expect(admin.request(register, {})).rejects.toMatchObject(denied);
    expect(refusals.map(({ reason }) => reason)).toEqual(['role', 'role', 'role', 'role']);
  });

  it('lets nobody in without a certificate of the authority that is good today and names a role', async () => {
    const { address, refusals, tenants } = await serve();
    const yesterday = { notAfter: new Date(Date.now() - 60_000) };
    const strangers: [PemPair, string, string][] = [
      [
        await issue({ role: 'client', name: 'c', tenant: 't', ...yesterday }),
        'unavailable',
        'expired_certificate',
      ],
      [await issue({ role: 'client', name: 'c', tenant: 't' }, otherCa), 'unavailable', 'unknown_authority'],
      [await issue({ role: 'client', name: 'c' }), 'unauthenticated', 'bad_certificate'],
      [await issue({ role: 'root' as 'admin', name: 'c' }), 'unauthenticated', 'bad_certificate'],
    ];
    for (const [pair, kind, reason] of strangers) {
      refusals.length = 0;
      await expect(dial(address, fixed(pair)).request(describeCluster, {})).rejects.toMatchObject({ kind });
      await expect.poll(() => refusals.map((one) => one.reason)).toContain(reason);
    }
    refusals.length = 0;
    const bare = new GrpcNetwork({ insecureNetwork: false, tls: { dial: { ca: ca.cert } } }).dial(address);
    closers.push(() => bare.close());
    await expect(bare.request(describeCluster, {})).rejects.toMatchObject({ kind: 'unavailable' });
    await expect.poll(() => refusals.map((one) => one.reason)).toContain('no_certificate');
    expect(tenants).toEqual([]);
  });

  it('does not pass for a worker with the certificate of a client', async () => {
    const { address } = await serve(
      fixed(await issue({ role: 'client', name: 'c', tenant: 't', hosts: ['127.0.0.1'] })),
    );
    await expect(dial(address, fixed(await worker())).request(describeCluster, {})).rejects.toMatchObject({
      kind: 'unavailable',
    });
  });

  it('tells what admins did, and how it ended', async () => {
    const { address, actions } = await serve();
    const admin = dial(address, fixed(await issue({ role: 'admin', name: 'ops' })));
    await admin.request(drainWorker, { worker: 'w1' });
    await expect(admin.request(drainWorker, { worker: 'nobody' })).rejects.toMatchObject({
      kind: 'notFound',
    });
    const stream = admin.stream(moveBlocks);
    await stream.send({ from: 'w1', to: 'w2' });
    stream.end();
    for await (const _ of stream);
    const identity = { role: 'admin', name: 'ops', tenant: null };
    await expect
      .poll(() => actions, patient)
      .toMatchObject([
        { identity, method: 'kvtide.v1.Coordinator/DrainWorker', fields: { worker: 'w1' }, outcome: 'ok' },
        { identity, fields: { worker: 'nobody' }, outcome: 'notFound' },
        {
          identity,
          method: 'kvtide.v1.Coordinator/MoveBlocks',
          fields: { from: 'w1', to: 'w2' },
          outcome: 'ok',
        },
      ]);
  });
});

describe('certificates in files', () => {
  const write = (name: string, pair: PemPair, authority: string) => {
    const paths = {
      ca: join(folder, `${name}.ca`),
      cert: join(folder, `${name}.pem`),
      key: join(folder, `${name}.key`),
    };
    writeFileSync(paths.ca, authority);
    writeFileSync(paths.cert, pair.cert);
    writeFileSync(paths.key, pair.key);
    return paths;
  };
  const files = (name: string, pair: PemPair, authority = ca.cert) => {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const paths = write(name, pair, authority);
    const live = new CertificateFiles(paths, { rereadMs: 20, warn });
    closers.push(() => live.close());
    return { live, paths, warnings };
  };

  it('are replaced under load, with another authority, and no request fails', async () => {
    const both = `${ca.cert}${otherCa.cert}`;
    const mine = files('server', await worker(), both);
    const theirs = files('client', await clientOf('t'), both);
    const { address, tenants } = await serve(mine.live);
    let running = true;
    let failed = 0;
    const load = (async () => {
      while (running) {
        const peer = new GrpcNetwork({ insecureNetwork: false, certificates: theirs.live }).dial(address);
        await peer.request(describeCluster, {}, { tenant: 't' }).catch(() => {
          failed += 1;
        });
        peer.close();
      }
    })();
    await expect.poll(() => tenants.length, patient).toBeGreaterThan(3);
    write('server', await issue({ role: 'worker', name: 'w', hosts: ['127.0.0.1'] }, otherCa), both);
    write('client', await issue({ role: 'client', name: 'c', tenant: 't' }, otherCa), both);
    await pause(100);
    const before = tenants.length;
    await expect.poll(() => tenants.length, patient).toBeGreaterThan(before + 3);
    running = false;
    await load;
    expect(failed).toBe(0);
    // What is trusted from now on is the other authority alone: both ends show certificates of it.
    const strict = dial(address, fixed(await issue({ role: 'admin', name: 'a' }, otherCa), otherCa));
    await strict.request(describeCluster, {});
  });

  it('of a pair that is half replaced stay what they were', async () => {
    const { live, paths, warnings } = files('half', await worker());
    const before = live.current();
    const fresh = await worker();
    writeFileSync(paths.cert, fresh.cert);
    await expect.poll(() => warnings.length, patient).toBe(1);
    expect(live.current()).toBe(before);
    writeFileSync(paths.key, fresh.key);
    await expect.poll(() => live.current().key.toString(), patient).toBe(fresh.key);
    copyFileSync(paths.key, paths.cert);
    expect(() => new CertificateFiles(paths)).toThrow(/half\.pem: the certificates cannot be used/);
  });
});

it('every method is in the table of roles', async () => {
  const { rolesOf } = await import('../../src/rpc/methodRoles.js');
  for (const one of [...Object.values(coordinatorEndpoints), ...Object.values(workerEndpoints)])
    expect(rolesOf(one).length, one.name).toBeGreaterThan(0);
  expect(rolesOf({ service: 'kvtide.v1.Worker', name: 'Other' })).toEqual([]);
});
