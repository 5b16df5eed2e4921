import { describe, expect, it } from 'vitest';
import { KvError } from '../../src/core/errors.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { SimulatedDisk } from '../../src/simulate/simulatedDisk.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { DiskHealth } from '../../src/tiers/diskHealth.js';
import { DiskRecovery } from '../../src/tiers/diskRecovery.js';

/** A disk that is well from some time on, and when it was tried. */
function world(wellFromMs: number) {
  const clock = new SimulatedClock();
  const triedMs: number[] = [];
  const recoveredMs: number[] = [];
  const recovery = new DiskRecovery(
    clock,
    async () => {
      triedMs.push(clock.monotonicMs());
      return clock.monotonicMs() >= wellFromMs;
    },
    () => recoveredMs.push(clock.monotonicMs()),
  );
  return { clock, recovery, triedMs, recoveredMs };
}

describe('a disk that took no more pages', () => {
  it('is tried after a second, then after pauses that double up to a minute', async () => {
    const { clock, recovery, triedMs, recoveredMs } = world(180_000);
    recovery.begin();
    await clock.advance(1_000_000);
    const seconds = [1, 3, 7, 15, 31, 63, 123, 183];
    expect(triedMs).toEqual(seconds.map((s) => s * 1_000));
    expect(recoveredMs).toEqual([183_000]);
  });

  it('waits longer when it fails again soon, and a second again after it was well for long', async () => {
    const { clock, recovery, triedMs } = world(0);
    recovery.begin();
    await clock.advance(1_500);
    recovery.begin();
    await clock.advance(98_500);
    recovery.begin();
    await clock.advance(10_000);
    expect(triedMs).toEqual([1_000, 3_500, 101_000]);
  });

  it('is not tried after the end', async () => {
    const { clock, recovery, triedMs } = world(0);
    recovery.begin();
    recovery.close();
    recovery.begin();
    await clock.advance(1_000_000);
    expect(triedMs).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the health of a disk', () => {
  const key = new Uint8Array([1, 2, 3]);

  it('is back when what could not be removed is removed', async () => {
    const clock = new SimulatedClock();
    const disk = new SimulatedDisk(clock, new SimulatedRandom(1), { failingRemovals: 1 });
    await disk.open();
    const write = disk.begin(key, 1);
    write.write(new Uint8Array(1));
    await write.publish({ shared: new Uint8Array(0), own: new Uint8Array(0) });
    const reasons: string[] = [];
    const health = new DiskHealth(disk, (reason) => reasons.push(reason));

    expect(await health.remove([key])).toMatchObject({ kind: 'failed', cause: expect.any(KvError) });
    expect(await health.remove([key])).toMatchObject({ kind: 'failed' });
    expect(health.isReadOnly).toBe(true);
    expect(reasons).toEqual(['a removal failed: simulated disk: the removal failed']);
    expect(await health.recover()).toBe(false);

    disk.setFaults({});
    expect(await health.recover()).toBe(true);
    expect(health.isReadOnly).toBe(false);
    expect([...disk.scan()]).toEqual([]);
  });
});
