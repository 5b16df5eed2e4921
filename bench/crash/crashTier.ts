import type { Disk } from '../../src/core/ports/disk.js';
import { DiskTier } from '../../src/tiers/diskTier.js';
import { ExtentDisk } from '../../src/tiers/extentDisk.js';
import { pageHandle } from '../../src/tiers/pageHandle.js';
import { pageFormat } from '../../src/tiers/pageHeader.js';
import type { StoredPage } from '../../src/tiers/tier.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import { crashBlock, crashGeometry, crashNamespace, crashView } from './crashPages.js';

const budgetBytes = 2 ** 30;

/** The disk tier of a worker, on the real disk, without the worker. */
export function crashTier(folder: string): DiskTier {
  const disk: Disk = new ExtentDisk(folder);
  return new DiskTier({
    disk,
    budgetBytes,
    format: pageFormat(crashNamespace, crashGeometry),
    ownsLayer: (layer) => layer === 0,
    becameReadOnly: (reason) => {
      throw new Error(`the disk became read-only: ${reason}`);
    },
  });
}

/** The block as the tier knows it. */
export function crashPage(index: number): StoredPage {
  return {
    handle: pageHandle(index),
    id: { block: crashBlock(index), layer: 0 },
    blockIndex: index,
    checksum: pageChecksum(crashView(index)),
  };
}
