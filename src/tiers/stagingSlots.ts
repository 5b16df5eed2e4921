export const stagingSlotsMin = 4;
/** Enough for one half to be read in a long run while the other is filled. */
const stagingSlotsMax = 16;

/**
 * Device slots that are kept for pages that stream through: three quarters of what tails leave, within
 * bounds. A small device is better used by long runs than by a few pages more that stay.
 */
export function stagingSlots(deviceSlots: number, layers: number): number {
  const share = Math.floor(((deviceSlots - layers) * 3) / 4);
  return Math.min(stagingSlotsMax, Math.max(stagingSlotsMin, share));
}
