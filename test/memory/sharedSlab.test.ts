import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { MappedSharedSlab } from '../../src/memory/mappedSharedSlab.js';
import { placeOf, SharedRegion } from '../../src/memory/sharedRegion.js';
import { SharedSlabReader } from '../../src/memory/sharedSlabReader.js';
import { slabContract } from '../contract/slabContract.js';
import { type Child, startChild } from './sharedChild.js';

const slotBytes = 8192;

slabContract('MappedSharedSlab', (sizeBytes) =>
  MappedSharedSlab.create({ slots: sizeBytes / 4096, slotBytes: 4096 }),
);

describe('a shared slab, seen from another process', () => {
  const slabs: MappedSharedSlab[] = [];
  const children: Child[] = [];
  const make = (slots: number): MappedSharedSlab => {
    const slab = MappedSharedSlab.create({ slots, slotBytes });
    slabs.push(slab);
    return slab;
  };
  const start = (...args: unknown[]): Child => {
    const child = startChild(...args);
    children.push(child);
    return child;
  };
  afterEach(async () => {
    for (const child of children.splice(0)) await child.end();
    for (const slab of slabs.splice(0)) slab.close();
  });

  it('shows bytes and generations as they change', async () => {
    const slab = make(3);
    slab.view(slotBytes, 4).set([1, 2, 3, 4]);
    slab.advance(1);
    const child = start(placeOf(slab));
    expect(await child.ask('open')).toEqual({ kind: 'open' });
    expect(await child.ask('read', 1)).toEqual([1, 2, 3, 4]);
    expect(await child.ask('isStill', 1, 1)).toBe(true);
    slab.view(slotBytes, 1)[0] = 9;
    expect(await child.ask('read', 1)).toEqual([9, 2, 3, 4]);
    slab.advance(1);
    expect(await child.ask('isStill', 1, 1)).toBe(false);
    expect(await child.ask('isStill', 2, 0)).toBe(true);
  });

  it('can be neither mapped to write, nor written to, nor cut short', async () => {
    const slab = make(3);
    const child = start(placeOf(slab));
    expect(await child.ask('mapToWrite')).toMatch(/errno 1$/); // EPERM
    expect(await child.ask('writeFile')).toBe('EPERM');
    expect(await child.ask('truncate', 0)).toBe('EPERM');
    expect(await child.ask('truncate', 2 ** 20)).toBe('EPERM');
    slab.view(0, 1)[0] = 7; // its owner writes on
    expect(slab.view(0, 1)[0]).toBe(7);
  });

  it('ends who writes to it, and nobody else', async () => {
    const slab = make(1);
    const child = start(placeOf(slab));
    await child.ask('open');
    await expect(child.ask('write', 0)).rejects.toThrow('SIGSEGV');
    expect(slab.view(0, 1)[0]).toBe(0);
  });

  it('stays readable after its owner closed it, and shows zeros after the reader did', async () => {
    const slab = make(1);
    slab.view(0, 4).set([5, 6, 7, 8]);
    const child = start(placeOf(slab));
    await child.ask('open');
    slab.close();
    expect(await child.ask('read', 0)).toEqual([5, 6, 7, 8]);
    expect(await child.ask('readKept', 0)).toEqual([5, 6, 7, 8]);
    expect(await child.ask('close')).toBe(null);
    expect(await child.ask('readKept', 0)).toEqual([0, 0, 0, 0]);
    expect(await child.ask('mappings')).toBe(0); // the reader holds none of the memory any more
  });

  it('leaves nothing behind: no name, and no descriptor for child processes', async () => {
    const slab = make(1);
    const child = start(placeOf(slab));
    expect(await child.ask('heldFiles')).toEqual([]);
    expect(readFileSync('/proc/self/maps', 'utf8')).toMatch(/\/memfd:kvtide \(deleted\)/);
  });
});

describe('SharedSlabReader.open', () => {
  it('refuses what is not the region that was meant', () => {
    const slab = MappedSharedSlab.create({ slots: 2, slotBytes });
    const other = MappedSharedSlab.create({ slots: 2, slotBytes });
    const place = placeOf(slab);
    const openAt = (change: object) => SharedSlabReader.open({ ...place, ...change });
    expect(openAt({ fd: other.fd })).toEqual({ kind: 'refused', reason: 'it is another file' });
    expect(openAt({ slots: 3000 })).toEqual({ kind: 'refused', reason: 'it is another file' });
    expect(openAt({ pid: 2 ** 22 + 1 })).toMatchObject({ kind: 'refused', reason: /ENOENT/ });
    slab.close();
    expect(openAt({})).toMatchObject({ kind: 'refused' });
    other.close();
  });

  it('does not open a file that is not ours: that might block', () => {
    const dir = mkdtempSync(join(tmpdir(), 'kvtide-shared-'));
    const path = join(dir, 'file');
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT);
    const place = placeOf({ fd, slots: 1, slotBytes });
    expect(SharedSlabReader.open(place)).toEqual({ kind: 'refused', reason: 'it is another file' });
    closeSync(fd);
    rmSync(dir, { recursive: true });
  });
});

describe('SharedRegion', () => {
  it('is written by both where others may write, and cut short by nobody', async () => {
    const region = SharedRegion.create({ slots: 2, slotBytes }, 'readWrite');
    const child = startChild(region.place);
    expect(await child.ask('openRegion')).toBe('open');
    expect(await child.ask('writeRegion', 4)).toBe(null);
    expect([...region.parts.view(3, 3)]).toEqual([0, 42, 0]);
    expect(await child.ask('truncate', 0)).toBe('EPERM');
    region.closeFile();
    expect(await child.ask('openRegion')).toMatch('ENOENT');
    await child.end();
    region.close('unmap');
  });

  it('says how much memory it needs where there is less', () => {
    const shape = { slots: 2 ** 20, slotBytes: 2 ** 30 };
    expect(() => SharedRegion.create(shape, 'read')).toThrow(
      /^1024 TiB of shared memory are needed, and \S+ \S+ are available$/,
    );
  });

  it('refuses shapes that are none', () => {
    expect(() => SharedRegion.create({ slots: 0, slotBytes }, 'read')).toThrow('cannot be shared');
    expect(() => SharedRegion.create({ slots: 1, slotBytes: 100 }, 'read')).toThrow('cannot be shared');
  });
});
