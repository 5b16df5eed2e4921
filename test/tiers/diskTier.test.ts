import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Disk } from '../../src/core/ports/disk.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { SimulatedDisk } from '../../src/simulate/simulatedDisk.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { DiskTier } from '../../src/tiers/diskTier.js';
import { ExtentDisk } from '../../src/tiers/extentDisk.js';
import { pageFormat } from '../../src/tiers/pageHeader.js';
import { type Medium, persistentTierContract } from '../contract/persistentTierContract.js';
import { tierContract, tierContractPages } from '../contract/tierContract.js';
import { testNamespace, tinyGeometry } from './tierFixtures.js';

function simulatedMedium(): Medium {
  const disk = new SimulatedDisk(new SimulatedClock(), new SimulatedRandom(1));
  return {
    disk: () => disk,
    crash: async () => disk.crash(),
    dispose: async () => {},
  };
}

function extentMedium(): Medium {
  const dir = mkdtempSync(join(tmpdir(), 'kvtide-tier-'));
  const open: Disk[] = [];
  const closeAll = async () => {
    for (const disk of open.splice(0)) await disk.close();
  };
  return {
    disk: () => {
      const disk = new ExtentDisk(dir);
      open.push(disk);
      return disk;
    },
    // What a crash of the process leaves on data files is for its own tests; here the handle goes away unasked.
    crash: closeAll,
    dispose: async () => {
      await closeAll();
      rmSync(dir, { recursive: true });
    },
  };
}

for (const [name, makeMedium] of [
  ['a disk tier on the simulated disk', simulatedMedium],
  ['a disk tier on data files', extentMedium],
] as const) {
  persistentTierContract(name, makeMedium);
  tierContract(name, async () => {
    const medium = makeMedium();
    const disk = medium.disk();
    const format = pageFormat(testNamespace, tinyGeometry);
    const tier = new DiskTier({
      disk,
      budgetBytes: tierContractPages * disk.footprintBytes(format.payloadBytes),
      format,
      ownsLayer: () => true,
      becameReadOnly: () => {},
    });
    await tier.open();
    return { tier, dispose: () => medium.dispose() };
  });
}
