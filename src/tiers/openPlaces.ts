import { DevicePlaces } from './devicePlaces.js';
import { LowerPlaces } from './lowerPlaces.js';
import { PagePlaces } from './pagePlaces.js';
import type { PageRecords } from './pageRecords.js';
import type { PageTableOptions } from './pageTableOptions.js';
import type { LowerTierName } from './tableEvents.js';
import { blockColumnsOf, pageColumnsOf } from './tierColumns.js';

/** The tiers of one worker, each with a policy of its own. */
export function openPlaces(records: PageRecords, options: PageTableOptions): PagePlaces {
  const { costs, diskPages, hotSlots, pinnedPages, residency, retention } = options;
  const columnsOf = (tier: LowerTierName) =>
    blockColumnsOf(records, tier, costs, () => (tier === 'pinned' && diskPages() > 0 ? 'disk' : null));
  const pinned = new LowerPlaces(() => pinnedPages, records, columnsOf('pinned'), retention('pinned'));
  const disk = new LowerPlaces(diskPages, records, columnsOf('disk'), retention('disk'));
  const below = (handle: number): LowerTierName | null => {
    if (pinned.isHere(handle)) return 'pinned';
    return disk.isHere(handle) ? 'disk' : null;
  };
  const onDevice = pageColumnsOf(records, costs, below);
  return new PagePlaces(new DevicePlaces(hotSlots, records, onDevice, residency), pinned, disk);
}
