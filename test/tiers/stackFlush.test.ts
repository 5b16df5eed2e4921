import { describe, expect, it } from 'vitest';
import { newDisk, openStack, sealBlocks, sealPage } from './stackFixtures.js';

describe('flush of a stack', () => {
  it('tells that all would survive', async () => {
    const under = await openStack({ device: 8, pinned: 6, disk: 100 }, newDisk());
    await sealBlocks(under, 3);
    expect(await under.stack.flush()).toEqual({ kind: 'flushed' });
    await under.stack.close();
  });

  it('counts pages that lie in memory only: no disk', async () => {
    const under = await openStack({ device: 8, pinned: 6, disk: 0 }, newDisk());
    expect(await under.stack.flush()).toEqual({ kind: 'flushed' });
    await sealBlocks(under, 3);
    expect(await under.stack.flush()).toEqual({ kind: 'partly', pagesInMemory: 3 });
    await under.stack.close();
  });

  it('counts pages that lie in memory only: the disk takes no more', async () => {
    const disk = newDisk();
    const under = await openStack({ device: 8, pinned: 6, disk: 100 }, disk);
    await sealBlocks(under, 2);
    await under.stack.flush();
    disk.publishFault = { kind: 'full' };
    await sealPage(under, 2, 0);
    await sealPage(under, 3, 0);
    expect(await under.stack.flush()).toEqual({ kind: 'partly', pagesInMemory: 2 });
    await under.stack.close();
  });

  it('counts pages that lie in memory only: the disk is full of what may not go', async () => {
    const under = await openStack({ device: 8, pinned: 6, disk: 2 }, newDisk());
    await sealBlocks(under, 4);
    expect(await under.stack.flush()).toEqual({ kind: 'partly', pagesInMemory: 2 });
    await under.stack.close();
  });

  it('does not wait for what comes after the call', async () => {
    const disk = newDisk();
    const gate = { open: () => {} };
    const begin = disk.begin;
    let writes = 0;
    disk.begin = (key, payloadBytes) => {
      const write = begin(key, payloadBytes);
      const isLater = ++writes > 1;
      const opened = new Promise<void>((resolve) => {
        if (isLater) gate.open = resolve;
        else resolve();
      });
      return { ...write, publish: async (meta) => opened.then(() => write.publish(meta)) };
    };
    const under = await openStack({ device: 8, pinned: 6, disk: 100 }, disk);
    await sealPage(under, 0, 0);
    const flushed = under.stack.flush();
    await sealPage(under, 1, 0);
    expect(await flushed).toEqual({ kind: 'flushed' });
    expect(writes).toBe(2);
    gate.open();
    await under.stack.close();
  });
});
