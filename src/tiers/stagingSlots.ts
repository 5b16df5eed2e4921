export const stagingSlotsMin = 4;
const stagingSlotsMax = 64;

/** Device slots that are kept for pages that stream through: an eighth, within bounds. */
export function stagingSlots(deviceSlots: number): number {
  return Math.min(stagingSlotsMax, Math.max(stagingSlotsMin, Math.floor(deviceSlots / 8)));
}
