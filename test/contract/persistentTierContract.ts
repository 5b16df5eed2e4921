import { afterEach, describe, expect, it } from 'vitest';
import { pageKey } from '../../src/core/pageId.js';
import type { Disk } from '../../src/core/ports/disk.js';
import { DiskTier } from '../../src/tiers/diskTier.js';
import { pageFormat, pageFormatBytes, pageOwnBytes } from '../../src/tiers/pageHeader.js';
import { damageRecord, FaultyDisk } from '../tiers/faultyDisk.js';
import { bytesOf, otherNamespace, storedPage, testNamespace, tinyGeometry } from '../tiers/tierFixtures.js';
import { readPage, storePage, tierContractPages } from './tierContract.js';

/** A medium that outlives the process. */
export interface Medium {
  /** A new disk on it, not yet opened; the one before is not used any more. */
  disk(): Disk;
  /** The process ends without a word. */
  crash(): Promise<void>;
  dispose(): Promise<void>;
}

interface Life {
  readonly tier: DiskTier;
  readonly disk: FaultyDisk;
  readonly found: readonly number[];
  readonly corrupt: number;
  readonly readOnlyReasons: readonly string[];
}

/** What a tier on a disk must do about what goes wrong with it. */
export function persistentTierContract(name: string, makeMedium: () => Medium): void {
  describe(`${name} under what goes wrong`, () => {
    const media: Medium[] = [];
    const create = (): Medium => {
      const medium = makeMedium();
      media.push(medium);
      return medium;
    };
    afterEach(async () => {
      for (const medium of media.splice(0)) await medium.dispose();
    });

    it('finds what was published and flushed, and nothing of what a crash cut off', async () => {
      const medium = create();
      const first = await open(medium);
      await storePage(first.tier, 1);
      await first.tier.flush();
      const start = first.tier.prepareStore(storedPage(2));
      if (start.kind !== 'ready') throw new Error(start.kind);
      start.lease.write(bytesOf(2, 0));
      await medium.crash();
      const second = await open(medium);
      expect(second.found).toEqual([1]);
      expect(second.tier.usedBytes).toBe(second.tier.footprintBytes);
      expect(await readPage(second.tier, storedPage(1))).toMatchObject({ kind: 'read' });
      expect(await readPage(second.tier, storedPage(2))).toEqual({ kind: 'miss' });
    });

    it.each([0, 127, 128, 255])('finds a flipped bit at byte %i of a payload, once', async (at) => {
      const { tier, disk } = await open(create());
      await storePage(tier, 1);
      await damageRecord(disk, pageKey(storedPage(1).id), (payload, meta) => {
        payload[at]! ^= 4;
        return { payload, meta };
      });
      expect(await readPage(tier, storedPage(1))).toMatchObject({ kind: 'corrupt' });
      expect(await readPage(tier, storedPage(1))).toEqual({ kind: 'miss' });
      expect([...disk.scan()]).toEqual([]);
      expect([tier.pages, tier.usedBytes]).toEqual([0, 0]);
      expect(await storePage(tier, 1)).toEqual({ kind: 'stored' });
    });

    it('finds a flipped bit in each byte of a header, read back or scanned', async () => {
      const medium = create();
      const { tier, disk } = await open(medium);
      for (let at = 0; at < pageFormatBytes + pageOwnBytes; at += 1) {
        await storePage(tier, 1);
        await damageRecord(disk, pageKey(storedPage(1).id), (payload, meta) => {
          if (at < pageFormatBytes) meta.shared[at]! ^= 16;
          else meta.own[at - pageFormatBytes]! ^= 16;
          return { payload, meta };
        });
        expect(await readPage(tier, storedPage(1))).toMatchObject({ kind: 'corrupt' });
      }
      await storePage(tier, 1);
      await storePage(tier, 2);
      await damageRecord(disk, pageKey(storedPage(1).id), (payload, meta) => ({
        payload,
        meta: { ...meta, own: meta.own.subarray(1) },
      }));
      await tier.close();
      const again = await open(medium);
      expect(again).toMatchObject({ found: [2], corrupt: 1 });
      expect([...again.disk.scan()]).toHaveLength(1);
    });

    it('takes no torn payload for a page', async () => {
      const medium = create();
      const { tier, disk } = await open(medium);
      for (const block of [1, 2]) await storePage(tier, block);
      await damageRecord(disk, pageKey(storedPage(1).id), (payload, meta) => ({
        payload: payload.subarray(0, 100),
        meta,
      }));
      expect((await readPage(tier, storedPage(1))).kind).not.toBe('read');
      await tier.close();
      expect(await open(medium)).toMatchObject({ found: [2] });
    });

    it('takes no page for another that lies in its place', async () => {
      const { tier, disk } = await open(create());
      for (const block of [1, 2]) await storePage(tier, block);
      const other = [...disk.scan()].find(({ key }) => pageKey(storedPage(2).id).equals(key))!;
      const { k, v } = bytesOf(2, 0);
      const { meta } = other;
      await damageRecord(disk, pageKey(storedPage(1).id), () => ({ payload: Buffer.concat([k, v]), meta }));
      expect(await readPage(tier, storedPage(1))).toMatchObject({ kind: 'corrupt' });
      expect(await readPage(tier, storedPage(2))).toMatchObject({ kind: 'read' });
    });

    it.each(['full', 'failed'] as const)(
      'turns read-only when a write is %s, says so once, and still reads',
      async (kind) => {
        const { tier, disk, readOnlyReasons } = await open(create());
        await storePage(tier, 1);
        disk.publishFault = kind === 'full' ? { kind } : { kind, cause: new Error('no space') };
        const both = await Promise.all([storePage(tier, 2), storePage(tier, 3)]);
        expect(both.map((end) => (typeof end === 'string' ? end : end.kind))).toEqual([kind, kind]);
        expect(readOnlyReasons).toHaveLength(1);
        disk.publishFault = null;
        expect(await storePage(tier, 4)).toBe('readOnly');
        expect([tier.pages, tier.usedBytes]).toEqual([1, tier.footprintBytes]);
        expect(await readPage(tier, storedPage(1))).toMatchObject({ kind: 'read' });
      },
    );

    it('turns read-only when a removal fails, and does not show the page any more', async () => {
      const { tier, disk, readOnlyReasons } = await open(create());
      for (const block of [1, 2]) await storePage(tier, block);
      disk.removeFault = { kind: 'failed', cause: new Error('EIO') };
      expect(await tier.remove(storedPage(1))).toMatchObject({ kind: 'failed' });
      expect(readOnlyReasons).toEqual(['a removal failed: EIO']);
      expect(await readPage(tier, storedPage(1))).toEqual({ kind: 'miss' });
      expect(await storePage(tier, 3)).toBe('readOnly');
      expect(await readPage(tier, storedPage(2))).toMatchObject({ kind: 'read' });
    });

    it('tells a failed read from a miss, and keeps the page', async () => {
      const { tier, disk } = await open(create());
      await storePage(tier, 1);
      disk.readFault = { kind: 'failed', cause: new Error('EIO') };
      expect(await readPage(tier, storedPage(1))).toMatchObject({ kind: 'failed' });
      disk.readFault = null;
      expect(await readPage(tier, storedPage(1))).toMatchObject({ kind: 'read' });
    });

    it('counts the records of another model against the budget and drops them when it needs their room', async () => {
      const medium = create();
      const other = await open(medium, otherNamespace);
      for (const block of [1, 2, 3]) await storePage(other.tier, block);
      await other.tier.close();
      const { tier, found } = await open(medium);
      expect(found).toEqual([]);
      expect(tier.usedBytes).toBe(3 * tier.footprintBytes);
      for (const block of [4, 5, 6]) expect(await storePage(tier, block)).toEqual({ kind: 'stored' });
      expect(tier.usedBytes).toBe(4 * tier.footprintBytes);
      await tier.close();
      expect((await open(medium, otherNamespace)).found).toHaveLength(1);
    });
  });
}

async function open(medium: Medium, namespace = testNamespace): Promise<Life> {
  const disk = new FaultyDisk(medium.disk());
  const readOnlyReasons: string[] = [];
  const format = pageFormat(namespace, tinyGeometry);
  const tier = new DiskTier({
    disk,
    budgetBytes: tierContractPages * disk.footprintBytes(format.payloadBytes) + 1,
    format,
    ownsLayer: (layer) => layer === 0,
    becameReadOnly: (reason) => readOnlyReasons.push(reason),
  });
  const { found, corrupt } = await tier.open();
  for (const header of found) tier.adopt(storedPage(header.blockIndex));
  return { tier, disk, found: [...found].map(({ blockIndex }) => blockIndex), corrupt, readOnlyReasons };
}
