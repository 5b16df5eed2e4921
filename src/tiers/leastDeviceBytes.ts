import { formatByteSize } from '../core/byteSize.js';
import { KvError } from '../core/errors.js';
import { type Geometry, pageBytes } from '../core/geometry.js';
import { type LayerRange, layerCount } from '../core/layerRange.js';
import { stagingSlots, stagingSlotsMin } from './stagingSlots.js';

/**
 * The least device budget: one tail page a layer of the stage for each sequence that lives at once, and the
 * staging slots that a device of that size keeps.
 */
export function leastDeviceBytes(geometry: Geometry, layers: LayerRange, sequences = 1): number {
  const tails = sequences * layerCount(layers);
  let slots = tails + stagingSlotsMin;
  while (slots - stagingSlots(slots, layerCount(layers)) < tails) slots += 1;
  return slots * pageBytes(geometry);
}

/** @throws KvError `invalid` when the budget is below the least; the message says what that is. */
export function checkDeviceBytes(geometry: Geometry, layers: LayerRange, deviceBytes: number): void {
  const least = leastDeviceBytes(geometry, layers);
  if (deviceBytes >= least) return;
  const given = formatByteSize(deviceBytes);
  throw new KvError(
    'invalid',
    `a device budget of ${given} is below the least of ${formatByteSize(least)} (${least} bytes): ` +
      `one tail for each of ${layerCount(layers)} layers and ${stagingSlotsMin} staging pages of ` +
      `${formatByteSize(pageBytes(geometry))}; raise --device-bytes`,
    { context: { deviceBytes, leastBytes: least } },
  );
}
