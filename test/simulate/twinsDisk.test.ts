import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { type DiskFaults, SimulatedDisk } from '../../src/simulate/simulatedDisk.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { diskContract, key, pattern, put } from '../contract/diskContract.js';

diskContract('SimulatedDisk', () => {
  const disk = new SimulatedDisk(new SimulatedClock(), new SimulatedRandom(1));
  return { disk, reopen: () => disk, dispose: () => {} };
});

describe('SimulatedDisk', () => {
  async function opened(seed: number, faults: DiskFaults = {}): Promise<SimulatedDisk> {
    const disk = new SimulatedDisk(new SimulatedClock(), new SimulatedRandom(seed), faults);
    await disk.open();
    return disk;
  }

  it('is full past its capacity, and has room again after a removal', async () => {
    const disk = await opened(1);
    disk.setFaults({ capacityBytes: 2 * disk.footprintBytes(100) });
    expect(await put(disk, key(1), [pattern(100, 1)], 'm')).toEqual({ kind: 'published' });
    expect(await put(disk, key(2), [pattern(100, 2)], 'm')).toEqual({ kind: 'published' });
    expect(await put(disk, key(3), [pattern(100, 3)], 'm')).toEqual({ kind: 'full' });
    expect(await put(disk, key(2), [pattern(90, 2)], 'm')).toEqual({ kind: 'published' });
    await disk.remove([key(1)]);
    expect(await put(disk, key(3), [pattern(100, 3)], 'm')).toEqual({ kind: 'published' });
  });

  it('fails and corrupts as often as it is told', async () => {
    const disk = await opened(1);
    await put(disk, key(1), [pattern(100, 1)], 'm');
    disk.setFaults({ failingWrites: 1 });
    expect(await put(disk, key(1), [pattern(100, 2)], 'm')).toMatchObject({ kind: 'failed' });
    disk.setFaults({ failingRemovals: 1 });
    expect(await disk.remove([key(1)])).toMatchObject({ kind: 'failed' });
    disk.setFaults({ failingReads: 1 });
    expect(await disk.read(key(1), [new Uint8Array(100)])).toMatchObject({ kind: 'failed' });
    disk.setFaults({ corruptReads: 1 });
    const into = new Uint8Array(100);
    expect(await disk.read(key(1), [into])).toMatchObject({ kind: 'hit' });
    expect(into.filter((byte, i) => byte !== pattern(100, 1)[i])).toHaveLength(1);
    disk.setFaults({});
    await disk.read(key(1), [into]);
    expect(into).toEqual(pattern(100, 1));
  });

  it('keeps what was flushed over a crash, may lose the rest, and never tears a record', async () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 40; seed += 1) {
      const disk = await opened(seed);
      await put(disk, key(1), [pattern(50, 1)], 'kept');
      await put(disk, key(2), [pattern(50, 2)], 'old');
      await disk.flush();
      await put(disk, key(2), [pattern(50, 3)], 'new');
      await put(disk, key(3), [pattern(50, 4)], 'unflushed');
      disk.crash();
      expect((await disk.open()).kind).toBe('ready');
      const found: string[] = [];
      for (const record of disk.scan()) {
        const payload = new Uint8Array(50);
        expect(await disk.read(record.key, [payload])).toMatchObject({ kind: 'hit' });
        const meta = Buffer.concat([record.meta.shared, record.meta.own]).toString();
        found.push(meta);
        expect(payload).toEqual(pattern(50, { kept: 1, old: 2, new: 3, unflushed: 4 }[meta]!));
      }
      expect(found[0]).toBe('kept');
      outcomes.add(found.join());
    }
    expect([...outcomes].sort()).toEqual([
      'kept,new',
      'kept,new,unflushed',
      'kept,old',
      'kept,old,unflushed',
    ]);
  });

  it('loses a write that was under way when the machine lost power', async () => {
    const clock = new SimulatedClock();
    const disk = new SimulatedDisk(clock, new SimulatedRandom(3), { delayMsMax: 10 });
    await clock.run(disk.open());
    const publishing = put(disk, key(1), [pattern(10, 1)], 'm');
    disk.crash();
    expect(await clock.run(publishing)).toMatchObject({ kind: 'failed' });
    expect(await clock.run(disk.open())).toEqual({ kind: 'ready', records: 0, corrupt: 0 });
  });
});
