/** How full the disk may get before pages go that nobody waits for room for; shares of its budget. */
export interface DiskWatermarks {
  /** Above it, pages that may go are dropped in the background. */
  readonly highShare: number;
  /** Down to it. */
  readonly lowShare: number;
}

export const defaultDiskWatermarks: DiskWatermarks = { highShare: 0.98, lowShare: 0.95 };

/** The same in whole pages; a disk of a few pages is used whole. */
export function watermarkPages(
  { highShare, lowShare }: DiskWatermarks,
  capacityPages: number,
): { readonly high: number; readonly low: number } {
  const high = Math.ceil(capacityPages * highShare);
  return { high, low: Math.min(high, Math.ceil(capacityPages * lowShare)) };
}
