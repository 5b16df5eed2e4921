import { admissionPolicies } from '../../src/policy/admissionPolicies.js';
import { placementPolicies } from '../../src/policy/placementPolicies.js';
import { retentionPolicies } from '../../src/policy/retentionPolicies.js';
import type { SimTier } from '../../src/sim/simTier.js';
import type { TierPolicies, TierReplayOptions } from '../../src/sim/tierReplayOptions.js';

export const device = (capacity: number): SimTier => ({
  name: 'device',
  capacity,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  latencyMs: 0,
});

/** A block of 1000 bytes loads in 3 ms. */
export const pinned = (capacity: number): SimTier => ({
  name: 'pinned',
  capacity,
  bytesPerSecond: 500_000,
  latencyMs: 1,
});

/** A block of 1000 bytes loads in 6 ms. */
export const disk = (capacity: number): SimTier => ({
  name: 'disk',
  capacity,
  bytesPerSecond: 250_000,
  latencyMs: 2,
});

/** Computing a token takes 10 ms. */
export const options = (
  tiers: readonly SimTier[],
  more: Partial<TierReplayOptions> = {},
): TierReplayOptions => ({
  tiers,
  blockBytes: 1000,
  recomputeTokensPerSecond: 100,
  countOutput: false,
  warmup: 0,
  ...more,
});

/** LRU in every tier, each block in one of them. */
export const exclusive: TierPolicies = {
  retention: retentionPolicies.lru,
  admission: admissionPolicies.always,
  placement: placementPolicies['write-back'],
};
