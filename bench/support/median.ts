/** The middle value, or the mean of the two middle ones. @throws RangeError when there is none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  const other = sorted[Math.ceil((sorted.length - 1) / 2)];
  if (middle === undefined || other === undefined) throw new RangeError('the median of nothing');
  return (middle + other) / 2;
}
