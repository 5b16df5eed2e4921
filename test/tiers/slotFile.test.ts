import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileCalls } from '../../src/memory/fileCalls.js';
import { directIoBytesMin, SlotFile, slotBytesFor, writeUnitBytes } from '../../src/tiers/slotFile.js';

describe('SlotFile', () => {
  let dir: string;
  let file: SlotFile;
  const slotBytes = directIoBytesMin;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'kvtide-slots-'));
    file = new SlotFile(join(dir, 'slots.dat'), slotBytes);
  });
  afterEach(async () => {
    await file.close();
    rmSync(dir, { recursive: true });
  });

  const take = async (): Promise<number> => {
    const taken = await file.take();
    if (taken.kind !== 'slot') throw new Error(taken.kind);
    return taken.slot;
  };

  it('gives no slot away that somebody still reads', async () => {
    const slot = await take();
    await file.write(slot, [new Uint8Array(slotBytes).fill(1)]);
    await file.sync();
    const into = new Uint8Array(slotBytes);
    const readings = [file.read(slot, [into]), file.read(slot, [new Uint8Array(100)])];
    file.release(slot);
    expect(await take()).not.toBe(slot);
    await Promise.all(readings);
    expect(into.every((byte) => byte === 1)).toBe(true);
    expect(await take()).toBe(slot);
  });

  it('writes in pieces what is long, whatever its parts', async () => {
    const bytes = 3 * writeUnitBytes;
    const long = new SlotFile(join(dir, 'long.dat'), bytes);
    const payload = Uint8Array.from({ length: bytes }, (_, at) => (at * 31 + (at >> 12)) % 251);
    const cuts = [0, 5, writeUnitBytes, writeUnitBytes + 4096, 2 * writeUnitBytes + 77, bytes];
    expect(await long.take()).toEqual({ kind: 'slot', slot: 0 });
    await long.write(
      0,
      cuts.slice(1).map((end, i) => payload.subarray(cuts[i], end)),
    );
    const into = new Uint8Array(bytes);
    await long.read(0, [into]);
    expect(Buffer.compare(into, payload)).toBe(0);
    await long.close();
  });

  it('reserves room before it gives a slot, in steps that grow with the file', async () => {
    const sizes = new Set<number>();
    for (let i = 0; i < 200; i += 1) {
      expect(await take()).toBe(i);
      const { size, blocks } = statSync(file.path);
      expect(size).toBeGreaterThanOrEqual((i + 1) * slotBytes);
      expect(blocks * 512).toBeGreaterThanOrEqual(size);
      sizes.add(size);
    }
    expect([...sizes].map((size) => size / 2 ** 20)).toEqual([1, 2, 4, 8, 16, 32, 64, 96, 128]);
  });

  it('reads what the page cache has in the same turn, and what it has not in another', async () => {
    const small = new SlotFile(join(dir, 'small.dat'), slotBytesFor(9000));
    expect(await small.take()).toEqual({ kind: 'slot', slot: 0 });
    await small.write(0, [new Uint8Array(9000).fill(7)]);
    await small.sync();
    const readsAtOnce = (): boolean => {
      const into = [new Uint8Array(100), new Uint8Array(8900)];
      void small.read(0, into);
      return into.every((part) => part.every((byte) => byte === 7));
    };
    expect(fileCalls().isCached(small.fd, 0, 9000)).toBe(readsAtOnce());
    fileCalls().dropCached(small.fd);
    expect(fileCalls().isCached(small.fd, 0, 9000)).toBe(false);
    expect(readsAtOnce()).toBe(false);
    const later = new Uint8Array(9000);
    await small.read(0, [later]);
    expect(later.every((byte) => byte === 7)).toBe(true);
    await small.close();
  });

  it('says that a slot is cut off instead of filling in nothing', async () => {
    const slot = await take();
    await file.write(slot, [new Uint8Array(10).fill(1)]);
    await expect(file.read(40, [new Uint8Array(10)])).rejects.toMatchObject({ kind: 'corrupt' });
  });
});
