import { formatByteSize } from '../core/byteSize.js';
import { KvError } from '../core/errors.js';
import { defaultLaneLimits } from '../transfer/laneLimits.js';
import type { Settings } from './settings.js';

/** What a process takes beside its tiers: code, indexes, connections with their buffers. */
const overheadBytes = { coordinator: 192 * 2 ** 20, worker: 256 * 2 ** 20 } as const;

/** The share of a memory limit that garbage of gRPC may take; see memory/collectorRoom.ts. */
const garbageShare = 1 / 16;

/**
 * Checks that the tiers of a process and what it takes beside them fit into `--memory-limit`.
 * @throws KvError `invalid` that says what is missing.
 */
export function checkMemoryLimit(
  name: 'coordinator' | 'worker',
  { memoryLimit, deviceBytes, pinnedBytes }: Settings,
): void {
  if (memoryLimit === undefined) return;
  const tierBytes = name === 'worker' ? deviceBytes + pinnedBytes : 0;
  const leastBytes = tierBytes + overheadBytes[name];
  if (memoryLimit >= leastBytes) return;
  const tiers =
    name === 'worker'
      ? `${formatByteSize(deviceBytes)} of --device-bytes and ${formatByteSize(pinnedBytes)} of --pinned-bytes, and `
      : '';
  throw new KvError(
    'invalid',
    `--memory-limit ${formatByteSize(memoryLimit)} is too small for a ${name}: it takes ${tiers}${formatByteSize(overheadBytes[name])} beside; give ${formatByteSize(leastBytes)} or more, or smaller tiers`,
  );
}

export function collectorRoomOf({ memoryLimit }: Settings): number {
  const { collectorRoomBytes } = defaultLaneLimits;
  return memoryLimit === undefined
    ? collectorRoomBytes
    : Math.min(collectorRoomBytes, memoryLimit * garbageShare);
}
