import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { HeapSlab } from '../../src/memory/heapSlab.js';
import { MappedSlab } from '../../src/memory/mappedSlab.js';
import { slabContract } from '../contract/slabContract.js';
import { plainModules } from '../support/plainModules.js';

slabContract('HeapSlab', (sizeBytes) => new HeapSlab(sizeBytes));
slabContract('MappedSlab', (sizeBytes) => MappedSlab.create(sizeBytes));

const gib = 2 ** 30;
const [module_ = ''] = plainModules('memory/mappedSlab');
const writer = `
  import { parentPort, workerData } from 'node:worker_threads';
  const { MappedSlab } = await import(workerData.module);
  const slab = MappedSlab.attach(workerData.handle);
  slab.view(5, 3).set([1, 2, 3]);
  parentPort.postMessage('written');
  parentPort.once('message', () => {
    const seen = slab.view(5, 3).join();
    slab.close();
    parentPort.postMessage(seen);
    parentPort.close();
  });
`;

describe('MappedSlab', () => {
  it('reaches past 4 GiB, also where parts meet', () => {
    const slab = MappedSlab.create(9 * gib);
    for (const offset of [2 * gib - 2, 4 * gib - 2, 6 * gib - 2, 9 * gib - 4]) {
      slab.view(offset, 4).set([1, 2, 3, 4]);
      expect([...slab.view(offset + 1, 3)]).toEqual([2, 3, 4]);
    }
    slab.close();
  });

  it('shares bytes with another thread, and stays mapped until that has closed too', async () => {
    const slab = MappedSlab.create(4096);
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(writer)}`), {
      workerData: { module: module_, handle: slab.handle },
    });
    const heard = (): Promise<unknown> =>
      new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    expect(await heard()).toBe('written');
    expect([...slab.view(4, 5)]).toEqual([0, 1, 2, 3, 0]);
    slab.view(6, 1)[0] = 9;
    slab.close();
    const seen = heard();
    worker.postMessage('read');
    expect(await seen).toBe('1,9,3'); // reading unmapped memory would have ended the process
  });

  it('refuses to be read after close', () => {
    const slab = MappedSlab.create(4096);
    slab.close();
    slab.close();
    expect(() => slab.view(0, 1)).toThrow('closed slab');
  });

  it('refuses sizes that are none, and more than the address space holds', () => {
    expect(() => MappedSlab.create(0)).toThrow('cannot be mapped');
    expect(() => MappedSlab.create(2 ** 50)).toThrow('cannot map');
  });
});

it('HeapSlab has no handle for other threads', () => {
  expect(() => new HeapSlab(1).handle).toThrow('mapped slab');
});
