import { describe, expect, it } from 'vitest';
import { pageKey } from '../../src/core/pageId.js';
import { damageRecord } from './faultyDisk.js';
import {
  expectPage,
  fetchPage,
  idOf,
  newDisk,
  openStack,
  sealBlocks,
  sealBlocksElsewhere,
  sealPage,
  statsOf,
} from './stackFixtures.js';

describe('tier stack under faults', () => {
  it('tells of corrupt bytes on disk, counts them, and takes the page again when it is recomputed', async () => {
    const disk = newDisk();
    const under = await openStack({ device: 7, pinned: 0, disk: 100 }, disk);
    const handles = await sealBlocks(under, 8);
    await under.stack.flush();
    await damageRecord(disk, pageKey(idOf(7)), (payload, meta) => {
      payload[9]! ^= 1;
      return { payload, meta };
    });
    const held = await sealBlocksElsewhere(under);
    expect(await fetchPage(under.stack, handles[7]!)).toEqual({ kind: 'corrupt' });
    expect(statsOf(under.stack, 'disk').corrupt).toBe(1);
    expect(under.stack.has(idOf(7))).toBe(false);
    expect(await fetchPage(under.stack, handles[7]!)).toEqual({ kind: 'miss' });
    for (const handle of held) under.stack.letGo(handle);
    expect(await sealPage(under, 7, 0)).toMatchObject({ kind: 'sealed', handle: handles[7]! });
    await expectPage(under, handles[7]!, 7);
    await under.stack.close();
  });

  it('goes on with a disk that takes no more, and says so once', async () => {
    const disk = newDisk();
    const under = await openStack({ device: 8, pinned: 6, disk: 100 }, disk);
    const handles = await sealBlocks(under, 2);
    await under.stack.flush();
    disk.publishFault = { kind: 'full' };
    for (let block = 2; block < 6; block += 1) {
      const sealed = await sealPage(under, block, 0);
      if (sealed.kind === 'sealed') handles.push(sealed.handle);
    }
    await under.stack.flush();
    expect(under.warnings).toEqual(['the disk tier takes no more pages: the medium is full']);
    expect(handles).toHaveLength(6);
    for (const [block, handle] of handles.entries()) await expectPage(under, handle, block);
    await under.stack.close();
  });

  it('tells a failed read from a miss, and reads the page later', async () => {
    const disk = newDisk();
    const under = await openStack({ device: 7, pinned: 0, disk: 100 }, disk);
    const handles = await sealBlocks(under, 8);
    await under.stack.flush();
    const held = await sealBlocksElsewhere(under);
    disk.readFault = { kind: 'failed', cause: new Error('EIO') };
    expect(await fetchPage(under.stack, handles[7]!)).toMatchObject({ kind: 'failed' });
    disk.readFault = null;
    await expectPage(under, handles[7]!, 7, 'disk');
    for (const handle of held) under.stack.letGo(handle);
    await under.stack.close();
  });

  it('with --verify always, does not pass on what changed in pinned memory', async () => {
    const under = await openStack({ device: 7, pinned: 20, disk: 100 }, newDisk(), { verify: 'always' });
    const handles = await sealBlocks(under, 8);
    await under.stack.flush();
    const held = await sealBlocksElsewhere(under);
    under.pinnedSlab!.view(0, 20 * 4096).fill(9);
    await expectPage(under, handles[7]!, 7, 'disk');
    expect(statsOf(under.stack, 'pinned').corrupt).toBeGreaterThan(0);
    for (const handle of held) under.stack.letGo(handle);
    await under.stack.close();
  });
});
