/** Everything that goes wrong in a simulated cluster. */
export const faultKinds = [
  'partition',
  'oneWayPartition',
  'loss',
  'duplication',
  'delay',
  'workerKilled',
  'coordinatorKilled',
  'slowDisk',
  'failingDisk',
  'corruptDisk',
  'fullDisk',
  'clockJump',
] as const;

export type FaultKind = (typeof faultKinds)[number];

export type FaultCounts = Record<FaultKind, number>;

export function noFaults(): FaultCounts {
  return Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as FaultCounts; // its keys
}
