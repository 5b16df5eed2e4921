import { describe, expect, it } from 'vitest';
import { copyPage, type PageView } from '../../src/core/pageView.js';
import { type DiskCompression, diskCodecs } from '../../src/tiers/codec/diskCodecs.js';
import type { VerifyMode } from '../../src/tiers/stackOptions.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import { decoded, encoded } from './codec/codecFixtures.js';
import {
  fetchPage,
  getPage,
  idOf,
  newDisk,
  openStack,
  putPage,
  type StackUnderTest,
  sealBlocks,
  sealBlocksElsewhere,
  slotBytesNow,
  statsOf,
} from './stackFixtures.js';
import { bytesOf, tinyGeometry } from './tierFixtures.js';

const int8: DiskCompression = { dtype: 'int8', packing: 'none' };
const never = new AbortController().signal;

async function open(
  sizes: { readonly device: number; readonly pinned: number },
  verify: VerifyMode,
  disk = newDisk(),
): Promise<StackUnderTest> {
  return openStack({ ...sizes, disk: 64 }, disk, {
    disk: { disk, budgetBytes: 64 * 1024, compression: int8 },
    verify,
  });
}

/** What page `block` of layer 0 is once it was on disk. */
async function convertedOf(block: number): Promise<PageView> {
  const codec = diskCodecs(int8, tinyGeometry).write!;
  return decoded(codec, tinyGeometry, await encoded(codec, bytesOf(block, 0)));
}

describe.each(['boundary', 'always'] as const)('pages above an int8 disk, verified at each %s', (verify) => {
  it('are exact until they are read back, and the same ever after', async () => {
    const disk = newDisk();
    const under = await open({ device: 8, pinned: 0 }, verify, disk);
    const { stack } = under;
    const [handle] = await sealBlocks(under, 1);
    await stack.flush();
    const borrowed = await getPage(stack, idOf(0));
    expect(borrowed).toEqual({
      kind: 'hit',
      view: bytesOf(0, 0),
      checksum: pageChecksum(bytesOf(0, 0)),
      blockIndex: 0,
    });
    const converted = await convertedOf(0);
    for (let round = 0; round < 3; round += 1) {
      for (const other of await sealBlocksElsewhere(under)) stack.letGo(other);
      const loaded = await fetchPage(stack, handle!);
      if (loaded.kind !== 'hit') throw new Error(loaded.kind);
      expect(slotBytesNow(under, loaded.slot)).toEqual(converted);
      stack.doneWith(loaded.slot);
      const seen = await getPage(stack, idOf(0));
      expect(seen).toEqual({
        kind: 'hit',
        view: converted,
        checksum: pageChecksum(converted),
        blockIndex: 0,
      });
    }
    expect(under.warnings).toEqual([]);
    await stack.close();
    const again = await open({ device: 8, pinned: 2 }, verify, disk);
    expect(await getPage(again.stack, idOf(0))).toMatchObject({
      view: converted,
      checksum: pageChecksum(converted),
    });
    expect(again.warnings).toEqual([]);
    await again.stack.close();
  });

  it('are in all of memory what they are in one place of it', async () => {
    const under = await open({ device: 8, pinned: 1 }, verify);
    const { stack } = under;
    // The hot slots are taken, so that the page comes to a staging slot, as it was computed.
    await sealBlocksElsewhere(under);
    expect(await putPage(stack, idOf(0), 0, bytesOf(0, 0))).toEqual({ kind: 'stored' });
    await stack.flush();
    const held = stack.hold(idOf(0));
    if (held.kind !== 'held') throw new Error(held.kind);
    const loaded = await fetchPage(stack, held.handle);
    expect(loaded).toMatchObject({ kind: 'hit', from: 'pinned' });
    stack.letGo(held.handle);
    // Another takes its place in pinned memory: who borrows it now is given what the disk has.
    expect(await putPage(stack, idOf(50), 50, bytesOf(50, 0))).toEqual({ kind: 'stored' });
    await stack.flush();
    expect(stack.whereIs(idOf(0))).toBe('disk');
    const reads = statsOf(stack, 'disk').hits;
    const exact = { kind: 'hit', view: bytesOf(0, 0), checksum: pageChecksum(bytesOf(0, 0)), blockIndex: 0 };
    expect(await getPage(stack, idOf(0))).toEqual(exact);
    expect(statsOf(stack, 'disk').hits).toBe(reads + 1);
    if (loaded.kind === 'hit') stack.doneWith(loaded.slot);
    expect(under.warnings).toEqual([]);
    await stack.close();
  });

  it('go to another worker under the checksum that their bytes have', async () => {
    const from = await open({ device: 8, pinned: 0 }, verify);
    await sealBlocks(from, 1);
    await from.stack.flush();
    await sealBlocksElsewhere(from);
    const sent = await getPage(from.stack, idOf(0));
    if (sent.kind !== 'hit') throw new Error(sent.kind);
    expect(pageChecksum(sent.view)).toBe(sent.checksum);
    const to = await openStack({ device: 8, pinned: 2, disk: 4 }, newDisk(), { verify });
    const room = await to.stack.reserve(idOf(0), { blockIndex: 0, checksum: sent.checksum }, never);
    if (room.kind !== 'room') throw new Error(room.kind);
    copyPage(sent.view, room.room.view);
    expect(await room.room.complete()).toEqual({ kind: 'stored' });
    await from.stack.close();
    await to.stack.close();
  });
});
