import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { SimulatedDisk } from '../../src/simulate/simulatedDisk.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import { getPage, openStack, putPage } from './stackFixtures.js';
import { blockKeyOf, bytesOf } from './tierFixtures.js';

const newDisk = () => new SimulatedDisk(new SimulatedClock(), new SimulatedRandom(7));
const idOf = (block: number) => ({ block: blockKeyOf(block), layer: 0 });

describe('block mode', () => {
  it('stores a page that came from outside and gives it out again, from pinned memory or disk', async () => {
    const under = await openStack({ device: 8, pinned: 2, disk: 100 }, newDisk());
    for (let block = 0; block < 10; block += 1) {
      const view = bytesOf(block, 0);
      expect(await putPage(under.stack, idOf(block), block, view)).toEqual({
        kind: 'stored',
      });
      expect(await putPage(under.stack, idOf(block), block, view)).toEqual({
        kind: 'present',
      });
    }
    for (let block = 0; block < 10; block += 1) {
      const view = bytesOf(block, 0);
      const got = await getPage(under.stack, idOf(block));
      expect(got).toMatchObject({ kind: 'hit', view, checksum: pageChecksum(view) });
    }
    expect(await getPage(under.stack, idOf(10))).toEqual({ kind: 'miss' });
    await under.stack.close();
  });

  it('refuses bytes that do not match their checksum or the geometry', async () => {
    const under = await openStack({ device: 8, pinned: 2, disk: 100 }, newDisk());
    const view = bytesOf(1, 0);
    expect(await putPage(under.stack, idOf(1), 1, view, 1n)).toEqual({ kind: 'corrupt' });
    expect(under.stack.has(idOf(1))).toBe(false);
    await under.stack.close();
  });

  it('replaces old blocks by new ones, and says full only when all are wanted', async () => {
    const under = await openStack({ device: 8, pinned: 1, disk: 3 }, newDisk());
    const put = (block: number) => {
      const view = bytesOf(block, 0);
      return putPage(under.stack, idOf(block), block, view);
    };
    for (let block = 0; block < 9; block += 1) expect(await put(block)).toEqual({ kind: 'stored' });
    await under.stack.flush();
    for (const { block } of under.stack.inventory()) under.stack.hold({ block, layer: 0 });
    let end = await put(20);
    if (end.kind === 'stored') {
      under.stack.hold(idOf(20));
      end = await put(21);
    }
    expect(end).toEqual({ kind: 'full' });
    await under.stack.close();
  });
});
