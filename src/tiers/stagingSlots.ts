export const stagingSlotsMin = 4;
/** Enough for one half to be read in a long run while the other is filled. */
const stagingSlotsMax = 16;

/** Device slots that are kept for pages that stream through: a third of what tails leave, within bounds. */
export function stagingSlots(deviceSlots: number, layers: number): number {
  const third = Math.floor((deviceSlots - layers) / 3);
  return Math.min(stagingSlotsMax, Math.max(stagingSlotsMin, third));
}
