import { layerCount } from '../core/layerRange.js';
import type { DiskTier } from './diskTier.js';
import type { PinnedTier } from './pinnedTier.js';
import { ShadowUses } from './shadowUses.js';
import type { TierStackOptions } from './stackOptions.js';

/**
 * Shadows in place of the retention of the tier that holds most blocks: what a sequence finds anywhere on a worker
 * is, but for the newest, what is there.
 */
export function openShadows(
  { shadows = [], clock, geometry, layers }: TierStackOptions,
  { pinned, disk }: { readonly pinned: PinnedTier; readonly disk: DiskTier | null },
): ShadowUses | null {
  if (shadows.length === 0) return null;
  const diskPages = disk?.capacityPages ?? 0;
  const isDisk = diskPages >= pinned.slots;
  const pages = isDisk ? diskPages : pinned.slots;
  const pageBytes = isDisk ? (disk?.footprintBytes ?? 0) : pinned.slotBytes;
  return new ShadowUses({
    policies: shadows,
    capacityBlocks: Math.floor(pages / layerCount(layers)),
    now: () => clock.monotonicMs(),
    blockTokens: geometry.blockTokens,
    bytes: pageBytes * layerCount(layers),
  });
}
