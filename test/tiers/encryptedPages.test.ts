import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { BlockKey } from '../../src/core/blockKey.js';
import { KeySeal } from '../../src/core/keySeal.js';
import { pageKey } from '../../src/core/pageId.js';
import { type TenantCipherKey, TenantTable } from '../../src/core/tenantTable.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { SimulatedDisk } from '../../src/simulate/simulatedDisk.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { type DiskCompression, diskCodecs, noDiskCompression } from '../../src/tiers/codec/diskCodecs.js';
import { DiskTier } from '../../src/tiers/diskTier.js';
import { ExtentDisk } from '../../src/tiers/extentDisk.js';
import { pageCiphersOf } from '../../src/tiers/pageCipher.js';
import { pageFormat } from '../../src/tiers/pageHeader.js';
import type { StoredPage } from '../../src/tiers/tier.js';
import { readPage, tierContract, tierContractPages } from '../contract/tierContract.js';
import { damageRecord, FaultyDisk } from './faultyDisk.js';
import { blockKeyOf, bytesOf, emptyView, storedPage, testNamespace, tinyGeometry } from './tierFixtures.js';

const keyOne: TenantCipherKey = { id: 1, key: Buffer.alloc(32, 1) };
const keyTwo: TenantCipherKey = { id: 2, key: Buffer.alloc(32, 2) };
const secret = Buffer.alloc(16, 9);
const format = pageFormat(testNamespace, tinyGeometry);

function tableOf(keys: readonly TenantCipherKey[], names = ['docs']): TenantTable {
  return new TenantTable(
    names.map((name) => ({
      name,
      secret,
      bytesMax: null,
      requestsPerSecond: null,
      requestBurst: 1,
      cipherKeys: name === 'open' ? [] : keys,
    })),
  );
}

/** A page of the tenant, under a key that is its own. */
function pageOf(tenant: string, number: number): StoredPage {
  const page = storedPage(number);
  const block: BlockKey = new KeySeal(secret, tenant).seal(blockKeyOf(number));
  return { ...page, id: { ...page.id, block } };
}

async function openTier(
  disk: ExtentDisk | FaultyDisk | SimulatedDisk,
  table: TenantTable,
  compression: DiskCompression,
) {
  const tier = new DiskTier({
    disk,
    budgetBytes: 100 * disk.footprintBytes(format.payloadBytes + 28),
    format,
    codecs: diskCodecs(compression, tinyGeometry),
    ciphers: pageCiphersOf(table),
    ownsLayer: () => true,
    becameReadOnly: () => {},
  });
  const { found, corrupt } = await tier.open();
  const keys = [];
  for (const one of found) {
    keys.push(one.id.block);
    const number = keys.length + 40;
    tier.adopt({ ...storedPage(number), id: one.id, checksum: one.checksum }, one.form);
  }
  return { tier, keys, corrupt };
}

async function store(tier: DiskTier, page: StoredPage, number: number) {
  const start = tier.prepareStore(page);
  if (start.kind !== 'ready') throw new Error(start.kind);
  start.lease.write(bytesOf(number, 0));
  return tier.completeStore(start.lease, true);
}

async function readBack(tier: DiskTier, page: StoredPage) {
  const start = tier.prepareLoad(page);
  if (start.kind === 'miss') return start;
  const view = emptyView();
  const outcome = await start.lease.read(view);
  tier.completeLoad(start.lease);
  return { ...outcome, view };
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'kvtide-cipher-'));
  folders.push(made);
  return made;
}

/** Whether the bytes stand in any file of the folder. */
function isIn(dir: string, bytes: Buffer): boolean {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .some((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(bytes));
}

const simulated = () => new SimulatedDisk(new SimulatedClock(), new SimulatedRandom(1));

for (const [name, compression] of [
  ['as they are', noDiskCompression],
  ['shuffled', { dtype: 'exact', packing: 'shuffle' }],
  ['in int8', { dtype: 'int8', packing: 'none' }],
] as const) {
  describe(`encrypted pages ${name}`, () => {
    it('come back as those of a tier without keys do, also after a restart, and never lie in the open', async () => {
      const dir = folder();
      const table = tableOf([keyOne], ['docs', 'open']);
      const first = await openTier(new ExtentDisk(dir), table, compression);
      expect(await store(first.tier, pageOf('docs', 1), 1)).toEqual({ kind: 'stored' });
      expect(await store(first.tier, pageOf('open', 2), 2)).toEqual({ kind: 'stored' });
      const before = await readBack(first.tier, pageOf('docs', 1));
      expect(before.kind).toBe('read');
      await first.tier.flush();
      await first.tier.close();
      if (compression === noDiskCompression) {
        expect(isIn(dir, Buffer.from(bytesOf(1, 0).k))).toBe(false);
        expect(isIn(dir, Buffer.from(bytesOf(1, 0).v.subarray(0, 16)))).toBe(false);
        expect(isIn(dir, Buffer.from(bytesOf(2, 0).k))).toBe(true);
      }
      const second = await openTier(new ExtentDisk(dir), table, compression);
      expect([...second.keys].sort()).toEqual(
        [pageOf('docs', 1).id.block, pageOf('open', 2).id.block].sort(),
      );
      const at = second.keys.indexOf(pageOf('docs', 1).id.block);
      const page = { ...storedPage(41 + at), id: pageOf('docs', 1).id, checksum: storedPage(1).checksum };
      const after = await readBack(second.tier, page);
      expect(after).toMatchObject({ kind: 'read' });
      if (before.kind === 'read' && after.kind === 'read') expect(after.view).toEqual(before.view);
      await second.tier.close();
    });

    it('are nobody’s pages when the key is dropped, and the first to go', async () => {
      const disk = simulated();
      const first = await openTier(disk, tableOf([keyOne]), compression);
      await store(first.tier, pageOf('docs', 1), 1);
      await first.tier.flush();
      for (const table of [tableOf([]), tableOf([keyTwo]), tableOf([keyOne], ['others'])]) {
        const { tier, keys, corrupt } = await openTier(disk, table, compression);
        expect([keys, corrupt, tier.pages]).toEqual([[], 0, 0]);
        expect(tier.usedBytes).toBeGreaterThan(0);
        expect(await readPage(tier, pageOf('docs', 1))).toEqual({ kind: 'miss' });
      }
    });

    it('are corrupt with another key under the same number', async () => {
      const disk = simulated();
      const first = await openTier(disk, tableOf([keyOne]), compression);
      await store(first.tier, pageOf('docs', 1), 1);
      await first.tier.flush();
      const { tier } = await openTier(disk, tableOf([{ id: 1, key: keyTwo.key }]), compression);
      const page = { ...pageOf('docs', 1), handle: storedPage(41).handle };
      expect(await readBack(tier, page)).toMatchObject({
        kind: 'corrupt',
        reason: 'it was encrypted with another key, or is damaged',
      });
      expect(await readBack(tier, page)).toEqual({ kind: 'miss' });
    });

    it('written with an older key are read while the file still has it', async () => {
      const disk = simulated();
      const first = await openTier(disk, tableOf([keyOne]), compression);
      await store(first.tier, pageOf('docs', 1), 1);
      await first.tier.flush();
      const second = await openTier(disk, tableOf([keyTwo, keyOne]), compression);
      expect(
        await readBack(second.tier, { ...pageOf('docs', 1), handle: storedPage(41).handle }),
      ).toMatchObject({
        kind: 'read',
      });
      await store(second.tier, pageOf('docs', 2), 2);
      await second.tier.flush();
      const third = await openTier(disk, tableOf([keyTwo]), compression);
      expect(third.keys).toEqual([pageOf('docs', 2).id.block]);
    });

    it.each([0, 11, 12, 40, -17, -1])('are corrupt when byte %i of a record is another', async (at) => {
      const disk = new FaultyDisk(simulated());
      const { tier } = await openTier(disk, tableOf([keyOne]), compression);
      const page = pageOf('docs', 1);
      await store(tier, page, 1);
      await damageRecord(disk, pageKey(page.id), (payload, meta) => {
        payload[at < 0 ? payload.length + at : at]! ^= 1;
        return { payload, meta };
      });
      expect(await readBack(tier, page)).toMatchObject({ kind: 'corrupt' });
      expect(await readBack(tier, page)).toEqual({ kind: 'miss' });
    });
  });
}

tierContract('a disk tier whose pages are encrypted', async () => {
  const disk = simulated();
  const all = { ...pageCiphersOf(tableOf([keyOne])) };
  const tier = new DiskTier({
    disk,
    budgetBytes: tierContractPages * disk.footprintBytes(format.payloadBytes + 28),
    format,
    ciphers: { ...all, of: () => all.all[0]! },
    ownsLayer: () => true,
    becameReadOnly: () => {},
  });
  await tier.open();
  return { tier, dispose: async () => {} };
});
