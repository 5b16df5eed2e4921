import type { StackParts } from './stackParts.js';
import type { StackFull } from './tierStack.js';

/** The tails of other sequences have all hot slots: no tier below can help. */
export function deviceFull({ device, pageBytes }: StackParts): StackFull {
  return { kind: 'full', tier: 'device', neededBytes: pageBytes, budgetBytes: device.budgetBytes };
}

/** The last tier that pages can go to. */
export function stackFull({ device, disk, pageBytes, pinned }: StackParts): StackFull {
  const writableDisk = disk !== null && !disk.isReadOnly && disk.budgetBytes >= disk.footprintBytes;
  const last = writableDisk ? disk : pinned.slots > 0 ? pinned : device;
  const neededBytes = last === disk ? disk.footprintBytes : last === pinned ? pinned.pageBytes : pageBytes;
  return { kind: 'full', tier: last.name, neededBytes, budgetBytes: last.budgetBytes };
}
