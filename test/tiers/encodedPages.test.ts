import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { pageBytes } from '../../src/core/geometry.js';
import { pageKey } from '../../src/core/pageId.js';
import type { PageView } from '../../src/core/pageView.js';
import type { Disk } from '../../src/core/ports/disk.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { SimulatedDisk } from '../../src/simulate/simulatedDisk.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { type DiskCompression, diskCodecs, noDiskCompression } from '../../src/tiers/codec/diskCodecs.js';
import { DiskTier } from '../../src/tiers/diskTier.js';
import { ExtentDisk } from '../../src/tiers/extentDisk.js';
import { pageHandle } from '../../src/tiers/pageHandle.js';
import { pageFormat } from '../../src/tiers/pageHeader.js';
import type { StoredPage } from '../../src/tiers/tier.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import { tierContract, tierContractPages } from '../contract/tierContract.js';
import { codecGeometry, decoded, emptyPage, encoded, likelyPage } from './codec/codecFixtures.js';
import { damageRecord, FaultyDisk } from './faultyDisk.js';
import { blockKeyOf, testNamespace, tinyGeometry } from './tierFixtures.js';

const shuffle: DiskCompression = { dtype: 'exact', packing: 'shuffle' };
const int8: DiskCompression = { dtype: 'int8', packing: 'none' };
const int4: DiskCompression = { dtype: 'int4', packing: 'none' };
const compressions = [
  ['shuffle', shuffle],
  ['int8', int8],
  ['int4', int4],
] as const;

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Life {
  readonly tier: DiskTier;
  readonly disk: FaultyDisk;
  readonly found: readonly number[];
  readonly corrupt: number;
}

async function open(below: Disk, compression: DiskCompression, budgetPages = 4): Promise<Life> {
  const disk = new FaultyDisk(below);
  const format = pageFormat(testNamespace, codecGeometry);
  const tier = new DiskTier({
    disk,
    budgetBytes: budgetPages * disk.footprintBytes(format.payloadBytes),
    format,
    codecs: diskCodecs(compression, codecGeometry),
    ownsLayer: () => true,
    becameReadOnly: () => {},
  });
  const { found, corrupt } = await tier.open();
  for (const { blockIndex, checksum, form } of found) tier.adopt(pageNamed(blockIndex, checksum), form);
  return { tier, disk, found: [...found].map(({ blockIndex }) => blockIndex), corrupt };
}

const simulated = () => new SimulatedDisk(new SimulatedClock(), new SimulatedRandom(1));

function extents(): ExtentDisk {
  const dir = mkdtempSync(join(tmpdir(), 'kvtide-tier-'));
  const disk = new ExtentDisk(dir);
  ends.push(async () => {
    await disk.close();
    rmSync(dir, { recursive: true });
  });
  return disk;
}

const bytesOf = (block: number): PageView => likelyPage(codecGeometry, block);

function pageNamed(block: number, checksum = pageChecksum(bytesOf(block))): StoredPage {
  return {
    handle: pageHandle(block),
    id: { block: blockKeyOf(block), layer: 0 },
    blockIndex: block,
    checksum,
  };
}

async function store(tier: DiskTier, block: number) {
  const start = tier.prepareStore(pageNamed(block));
  if (start.kind !== 'ready') return start;
  start.lease.write(bytesOf(block));
  return tier.completeStore(start.lease, true);
}

async function read(tier: DiskTier, page: StoredPage) {
  const start = tier.prepareLoad(page);
  if (start.kind === 'miss') return start;
  const into = emptyPage(codecGeometry);
  const outcome = await start.lease.read(into);
  tier.completeLoad(start.lease);
  return { ...outcome, bytes: into };
}

/** What the page is once it was on such a disk. */
async function converted(compression: DiskCompression, block: number): Promise<PageView> {
  const codec = diskCodecs(compression, codecGeometry).write!;
  return decoded(codec, codecGeometry, await encoded(codec, bytesOf(block)));
}

describe.each(compressions)('pages on a disk with %s', (name, compression) => {
  const isLossless = name === 'shuffle';

  it.each([
    ['simulated', simulated],
    ['of data files', extents],
  ])('come back as what they were encoded to, and take less room, on one %s', async (_, make) => {
    const { tier, disk } = await open(make(), compression);
    for (const block of [1, 2]) expect(await store(tier, block)).toEqual({ kind: 'stored' });
    for (const block of [1, 2]) {
      const bytes = await converted(compression, block);
      const sum = pageChecksum(bytes);
      const outcome = isLossless ? { kind: 'read' } : { kind: 'read', convertedTo: sum };
      expect(await read(tier, pageNamed(block))).toEqual({ ...outcome, bytes });
      expect(sum === pageChecksum(bytesOf(block))).toBe(isLossless);
    }
    const stored = [...disk.scan()].map(({ bytes }) => bytes);
    expect(stored).toHaveLength(2);
    for (const bytes of stored) expect(bytes).toBeLessThan(pageBytes(codecGeometry));
    expect(tier.usedBytes).toBe(stored.reduce((sum, bytes) => sum + disk.footprintBytes(bytes), 0));
    expect(await tier.remove(pageNamed(1))).toEqual({ kind: 'removed' });
    expect(await tier.remove(pageNamed(2))).toEqual({ kind: 'removed' });
    expect([tier.usedBytes, tier.pages]).toEqual([0, 0]);
  });

  it('are known under both checksums, that of the page and that of what it became, and no other', async () => {
    const { tier } = await open(simulated(), compression);
    await store(tier, 1);
    const became = pageNamed(1, pageChecksum(await converted(compression, 1)));
    expect(await read(tier, became)).toMatchObject({ kind: 'read' });
    expect(await read(tier, pageNamed(1))).toMatchObject({ kind: 'read' });
    expect(await read(tier, pageNamed(1, 77n))).toMatchObject({ kind: 'corrupt' });
    expect(await read(tier, pageNamed(1))).toEqual({ kind: 'miss' });
  });

  it('are corrupt with any flipped bit, and removed', async () => {
    const { tier, disk } = await open(simulated(), compression);
    type Parts = Record<'payload' | 'shared' | 'own', Uint8Array>;
    const flip = (part: keyof Parts, share: number) => (parts: Parts) => {
      const at = Math.floor(share * parts[part].length);
      parts[part][at] = parts[part][at]! ^ 16;
    };
    const damages = [0, 0.1, 0.5, 0.9, 0.9999].map((share) => flip('payload', share));
    for (let at = 0; at < 72; at += 1) damages.push(flip('shared', at / 72));
    for (let at = 0; at < 24; at += 1) damages.push(flip('own', at / 24));
    for (const damage of damages) {
      expect(await store(tier, 1)).toEqual({ kind: 'stored' });
      await damageRecord(disk, pageKey(pageNamed(1).id), (payload, meta) => {
        damage({ payload, ...meta });
        return { payload, meta };
      });
      expect(await read(tier, pageNamed(1))).toMatchObject({ kind: 'corrupt' });
      expect([...disk.scan()]).toEqual([]);
    }
    expect(tier.usedBytes).toBe(0);
  });

  it('are not for one another: a record in the place of another is corrupt', async () => {
    const { tier, disk } = await open(simulated(), compression);
    for (const block of [1, 2]) await store(tier, block);
    const of = (block: number) => pageKey(pageNamed(block).id);
    const other = [...disk.scan()].find(({ key }) => of(2).equals(key))!;
    const payload = Buffer.alloc(other.bytes);
    await disk.read(of(2), [payload]);
    await damageRecord(disk, of(1), () => ({ payload, meta: other.meta }));
    expect(await read(tier, pageNamed(1))).toMatchObject({ kind: 'corrupt' });
    expect(await read(tier, pageNamed(2))).toMatchObject({ kind: 'read' });
  });

  it('do not exist when the machine went down before they were published', async () => {
    const disk = simulated();
    const { tier } = await open(disk, compression);
    await store(tier, 1);
    await tier.flush();
    disk.setFaults({ failingWrites: 1 });
    expect(await store(tier, 2)).toMatchObject({ kind: 'failed' });
    disk.setFaults({});
    disk.crash();
    const again = await open(disk, compression);
    expect(again).toMatchObject({ found: [1], corrupt: 0 });
    expect(await read(again.tier, pageNamed(1))).toMatchObject({ kind: 'read' });
  });

  it('fit as many as their room is', async () => {
    const { tier } = await open(simulated(), compression);
    let stored = 0;
    while (tier.capacityPages > stored && (await store(tier, stored)).kind === 'stored') stored += 1;
    const footprint = tier.usedBytes / stored;
    expect(tier.usedBytes).toBeLessThanOrEqual(tier.budgetBytes);
    expect(tier.budgetBytes - tier.usedBytes).toBeLessThan(tier.footprintBytes);
    expect(stored).toBeGreaterThanOrEqual(Math.floor((tier.budgetBytes - tier.footprintBytes) / footprint));
    expect(await store(tier, 99)).toEqual({ kind: 'full' });
  });
});

describe('a folder that was written with another codec', () => {
  const all = [['none', noDiskCompression] as const, ...compressions];
  const lossOf: Record<string, number> = { none: 0, shuffle: 0, int8: 1, int4: 2 };
  const pairs = all.flatMap(([before]) => all.map(([now]) => [before, now] as const));
  const named = new Map<string, DiskCompression>(all);

  it.each(pairs)(
    '%s, opened with %s: pages keep their codec, and none that lost more are used',
    async (a, b) => {
      const disk = simulated();
      const first = await open(disk, named.get(a)!);
      for (const block of [1, 2]) await store(first.tier, block);
      const { usedBytes } = first.tier;
      await first.tier.close();
      const { tier, found, corrupt } = await open(disk, named.get(b)!, 3);
      const isUsed = lossOf[a]! <= lossOf[b]!;
      expect({ found: [...found].sort(), corrupt }).toEqual({ found: isUsed ? [1, 2] : [], corrupt: 0 });
      expect(tier.usedBytes).toBe(usedBytes);
      if (isUsed) {
        const bytes = a === 'none' ? bytesOf(1) : await converted(named.get(a)!, 1);
        expect(await read(tier, pageNamed(1))).toMatchObject({ kind: 'read', bytes });
        return;
      }
      // They go when there is need of their room.
      let stored = 0;
      for (let block = 10; (await store(tier, block)).kind === 'stored'; block += 1) stored += 1;
      expect(tier.pages).toBe(stored);
      expect([...disk.scan()]).toHaveLength(stored);
    },
  );

  it.each(pairs.filter(([a, b]) => lossOf[a]! > lossOf[b]!))(
    '%s, opened with %s: a page that was stored again stays when the records of before go',
    async (a, b) => {
      const disk = simulated();
      const first = await open(disk, named.get(a)!);
      for (const block of [1, 2]) await store(first.tier, block);
      await first.tier.close();
      const { tier } = await open(disk, named.get(b)!, 4);
      expect((await store(tier, 1)).kind).toBe('stored');
      for (let block = 10; (await store(tier, block)).kind === 'stored'; block += 1);
      expect(await read(tier, pageNamed(1))).toMatchObject({ kind: 'read' });
    },
  );
});

it.each([['none', noDiskCompression] as const, ...compressions])(
  '%s: bytes that were wrong in memory are not made right by being stored',
  async (_name, compression) => {
    const { tier } = await open(simulated(), compression);
    const start = tier.prepareStore(pageNamed(1));
    if (start.kind !== 'ready') throw new Error('there is no room');
    start.lease.write(bytesOf(2));
    await tier.completeStore(start.lease, true);
    expect((await read(tier, pageNamed(1))).kind).toBe('corrupt');
  },
);

tierContract('a disk tier that packs what it can', async () => {
  const disk = simulated();
  const format = pageFormat(testNamespace, tinyGeometry);
  const tier = new DiskTier({
    disk,
    budgetBytes: tierContractPages * disk.footprintBytes(format.payloadBytes),
    format,
    codecs: diskCodecs(shuffle, tinyGeometry),
    ownsLayer: () => true,
    becameReadOnly: () => {},
  });
  await tier.open();
  return { tier, dispose: async () => {} };
});
