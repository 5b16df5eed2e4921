const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1024];
const ticksMax = 6;

/** The ticks of an axis of bytes up to `most`: at most six above zero, round in binary units. */
export function byteAxis(most: number): { readonly interval: number; readonly max: number } {
  let unit = 1;
  while (unit * 1024 < most / ticksMax) unit *= 1024;
  const interval = unit * (steps.find((step) => most / (step * unit) <= ticksMax) ?? 1);
  return { interval, max: Math.max(1, Math.ceil(most / interval)) * interval };
}
