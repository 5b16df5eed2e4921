import { CopyPolicies } from './copyPolicies.js';
import type { PagePlaces } from './pagePlaces.js';
import type { PageRecords } from './pageRecords.js';
import type { PageTableOptions } from './pageTableOptions.js';
import { blockColumnsOf } from './tierColumns.js';

/** The policies of copies of one worker. */
export function openCopyPolicies(
  records: PageRecords,
  places: PagePlaces,
  { copies, costs, hotSlots }: PageTableOptions,
): CopyPolicies {
  const deviceBlocks = Math.max(1, Math.floor(hotSlots / records.layersServed));
  return new CopyPolicies(
    copies,
    places,
    (tier) => blockColumnsOf(records, tier, costs, () => tier),
    deviceBlocks,
  );
}
