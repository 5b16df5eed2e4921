import type { SimTier } from './simTier.js';

const msPerSecond = 1000;

/** Milliseconds to load a block of so many bytes from each tier; from the first it is used where it lies. */
export function loadMsOfTiers(tiers: readonly SimTier[], blockBytes: number): number[] {
  return tiers.map(({ bytesPerSecond, latencyMs }, at) =>
    at === 0 ? 0 : latencyMs + (blockBytes / bytesPerSecond) * msPerSecond,
  );
}
