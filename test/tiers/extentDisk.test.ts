import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open as openLmdb } from 'lmdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MappedSlab } from '../../src/memory/mappedSlab.js';
import { ExtentDisk } from '../../src/tiers/extentDisk.js';
import { aboutKey, encodeAbout, indexFormat, openIndexStore } from '../../src/tiers/indexStore.js';
import { directIoBytesMin } from '../../src/tiers/slotFile.js';
import { diskContract, key, metaOf, pattern, put } from '../contract/diskContract.js';

const temporary = (): string => mkdtempSync(join(tmpdir(), 'kvtide-disk-'));

diskContract('ExtentDisk', () => {
  const dir = temporary();
  return {
    disk: new ExtentDisk(dir),
    reopen: () => new ExtentDisk(dir),
    dispose: () => rmSync(dir, { recursive: true }),
  };
});

describe('ExtentDisk', () => {
  let dir: string;
  beforeEach(() => {
    dir = temporary();
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const dataFile = (slotBytes: number): string => join(dir, `slots-${slotBytes}.dat`);
  const opened = async (): Promise<ExtentDisk> => {
    const disk = new ExtentDisk(dir);
    expect((await disk.open()).kind).toBe('ready');
    return disk;
  };

  it('brings large pages to aligned memory and back past the page cache, and to any other', async () => {
    const bytes = 2 * directIoBytesMin;
    const disk = await opened();
    const slab = MappedSlab.create(2 * bytes);
    const halves = (at: number) => [slab.view(at, bytes / 2), slab.view(at + bytes / 2, bytes / 2)];
    const payload = pattern(bytes, 3);
    slab.view(0, bytes).set(payload);
    await put(disk, key(1), halves(0), 'aligned');
    await put(disk, key(2), [payload.subarray(0, 7), payload.subarray(7)], 'any');
    for (const k of [key(1), key(2)]) {
      slab.view(bytes, bytes).fill(0);
      const odd = Buffer.alloc(bytes + 1).subarray(1);
      expect(await disk.read(k, halves(bytes))).toMatchObject({ kind: 'hit' });
      expect(await disk.read(k, [odd])).toMatchObject({ kind: 'hit' });
      expect(Buffer.compare(slab.view(bytes, bytes), payload)).toBe(0);
      expect(Buffer.compare(odd, payload)).toBe(0);
    }
    await disk.close();
    slab.close();
  });

  it('uses the room of what was replaced and removed, and gives back what is free at the end', async () => {
    const bytes = 2 ** 20;
    const disk = await opened();
    const payload = new Uint8Array(bytes);
    for (let i = 0; i < 80; i += 8) {
      await Promise.all(Array.from({ length: 8 }, (_, j) => put(disk, key(i + j), [payload], 'm')));
    }
    const filled = statSync(dataFile(bytes)).size;
    for (let i = 0; i < 160; i += 1) await put(disk, key(i % 80), [payload], 'n');
    expect(statSync(dataFile(bytes)).size).toBe(filled);
    await disk.remove(Array.from({ length: 79 }, (_, i) => key(i + 1)));
    await put(disk, key(0), [payload], 'o'); // lies before all that is free
    await disk.close();
    expect(statSync(dataFile(bytes)).size).toBeLessThan(filled / 2);
    const again = await opened();
    expect(await again.read(key(0), [new Uint8Array(bytes)])).toMatchObject({ kind: 'hit' });
    await again.remove([key(0)]);
    await again.close();
    await (await opened()).close();
    expect(existsSync(dataFile(bytes))).toBe(false);
  });

  it('reads a record whole while it is replaced again and again', async () => {
    const bytes = directIoBytesMin; // is read in another thread, past the page cache
    const disk = await opened();
    const slab = MappedSlab.create(2 * bytes);
    const [from, into] = [slab.view(0, bytes), slab.view(bytes, bytes)];
    await put(disk, key(1), [from], '0');
    let isDone = false;
    const writing = (async () => {
      for (let i = 1; i < 100; i += 1) {
        from.fill(i);
        await put(disk, key(1), [from], `${i}`);
      }
      isDone = true;
    })();
    let reads = 0;
    for (; !isDone; reads += 1) {
      const read = await disk.read(key(1), [into]);
      if (read.kind !== 'hit') throw new Error(read.kind);
      const fill = Number(Buffer.concat([read.meta.shared, read.meta.own]).toString());
      expect(into.every((byte) => byte === fill)).toBe(true);
    }
    await writing;
    expect(reads).toBeGreaterThan(5);
    await disk.close();
    slab.close();
  });

  it('refuses a folder that a newer build has written, and leaves it as it is', async () => {
    const disk = await opened();
    await put(disk, key(1), [pattern(100, 1)], 'm');
    await disk.close();
    const store = openIndexStore(dir);
    await store.about.put(aboutKey, encodeAbout({ format: indexFormat + 1, records: 1 }));
    await store.root.close();
    await expect(new ExtentDisk(dir).open()).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringMatching(`format ${indexFormat + 1}.* knows ${indexFormat}`),
    });
    expect(existsSync(join(dir, 'quarantine'))).toBe(false);
    expect(existsSync(dataFile(4096))).toBe(true);
  });

  it('moves a store of format 1 to quarantine, payloads and all', async () => {
    const old = openLmdb<Uint8Array, string>({
      path: dir,
      noSubdir: false,
      pageSize: 16 * 1024,
      overlappingSync: false,
      encoding: 'binary',
    });
    const about = Buffer.alloc(16);
    about.writeUInt32LE(1, 0);
    about.writeDoubleLE(1, 8);
    const binary = { encoding: 'binary', keyEncoding: 'binary' } as const;
    await old.openDB<Uint8Array, Uint8Array>('about', binary).put(aboutKey, about);
    await old.openDB<Uint8Array, Uint8Array>('index', binary).put(key(1), Buffer.alloc(120, 1));
    await old.openDB<Uint8Array, Uint8Array>('payload', binary).put(key(1), Buffer.alloc(50_000, 1));
    await old.close();
    const disk = new ExtentDisk(dir);
    expect(await disk.open()).toEqual({
      kind: 'quarantined',
      movedTo: join(dir, 'quarantine', '1'),
      reason: 'it has disk format 1, and this build reads 2 to 2',
    });
    expect(statSync(join(dir, 'quarantine', '1', 'data.mdb')).size).toBeGreaterThan(50_000);
    expect(await put(disk, key(1), [pattern(10, 1)], 'm')).toEqual({ kind: 'published' });
    await disk.close();
  });

  it('refuses a folder that cannot be written, and names it', async () => {
    writeFileSync(join(dir, 'file'), '');
    const path = join(dir, 'file', 'sub');
    await expect(new ExtentDisk(path).open()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(path),
    });
  });

  it('moves an index that is none of LMDB to quarantine, each to its own place, and starts empty', async () => {
    for (const number of [1, 2]) {
      writeFileSync(join(dir, 'data.mdb'), pattern(100_000, number));
      const disk = new ExtentDisk(dir);
      const movedTo = join(dir, 'quarantine', String(number));
      expect(await disk.open()).toMatchObject({ kind: 'quarantined', movedTo });
      expect(readdirSync(movedTo)).toContain('data.mdb');
      expect([...disk.scan()]).toEqual([]);
      expect(existsSync(dataFile(4096))).toBe(false); // nobody could tell its payloads apart
      expect(await put(disk, key(1), [pattern(10, 1)], 'm')).toEqual({ kind: 'published' });
      await disk.close();
    }
  });

  it.each<[string, (file: string) => void]>([
    ['missing', (file) => rmSync(file)],
    ['empty', (file) => truncateSync(file, 0)],
  ])('says so when the index beside data files is %s, and starts empty', async (what, damage) => {
    const disk = await opened();
    await put(disk, key(1), [pattern(9000, 1)], 'm');
    await disk.close();
    damage(join(dir, 'data.mdb'));
    const again = new ExtentDisk(dir);
    expect(await again.open()).toMatchObject({
      kind: 'emptied',
      reason: expect.stringContaining(`its index is ${what}`),
    });
    expect(await again.read(key(1), [new Uint8Array(9000)])).toEqual({ kind: 'miss' });
    await again.close();
    expect(existsSync(dataFile(12_288))).toBe(false);
  });

  it('notices records that are fewer than were stored', async () => {
    const disk = await opened();
    for (const i of [1, 2, 3]) await put(disk, key(i), [pattern(20_000, i)], 'm');
    await disk.close();
    const store = openIndexStore(dir);
    await store.records.remove(key(2));
    await store.root.close();
    const again = new ExtentDisk(dir);
    expect(await again.open()).toMatchObject({
      kind: 'quarantined',
      reason: '3 records were stored, 2 are there',
    });
    await again.close();
  });

  it('takes no slot for two records', async () => {
    const disk = await opened();
    for (const i of [1, 2]) await put(disk, key(i), [pattern(5000, i)], 'm');
    await disk.close();
    const copy = join(dir, 'copy');
    cpSync(join(dir, 'data.mdb'), join(copy, 'data.mdb'));
    cpSync(dataFile(8192), join(copy, 'slots-8192.dat'));
    truncateSync(join(copy, 'slots-8192.dat'), 8192); // the second slot is gone
    const short = new ExtentDisk(copy);
    expect(await short.open()).toEqual({ kind: 'ready', records: 1, corrupt: 1 });
    expect(await put(short, key(3), [pattern(5000, 3)], 'm')).toEqual({ kind: 'published' });
    for (const i of [1, 3]) {
      const into = new Uint8Array(5000);
      expect(await short.read(key(i), [into])).toMatchObject({ kind: 'hit', meta: metaOf('m') });
      expect(Buffer.compare(into, pattern(5000, i))).toBe(0);
    }
    await short.close();
  });
});
