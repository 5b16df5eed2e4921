/**
 * The length to give an array that must hold at least `least`: doubled, so that growing stays cheap, but not
 * beyond the capacity that was told unless that turns out too small.
 */
export function grownLength(length: number, least: number, capacity: number): number {
  if (least > capacity) return Math.max(least, Math.ceil(1.5 * length));
  return Math.max(least, Math.min(2 * length, capacity));
}
