import { FixedResidency } from './fixedResidency.js';
import { LruResidency } from './lruResidency.js';
import { MassResidency } from './massResidency.js';
import type { ResidencyFactory } from './policy.js';

/** All residency policies by name. */
export const residencyPolicies = {
  fixed: () => new FixedResidency(),
  lru: () => new LruResidency(),
  mass: (columns, capacity) => new MassResidency(columns, capacity),
} as const satisfies Readonly<Record<string, ResidencyFactory>>;

export type ResidencyPolicyName = keyof typeof residencyPolicies;

export const residencyPolicyNames = Object.keys(residencyPolicies) as readonly ResidencyPolicyName[];
export const defaultResidency: ResidencyPolicyName = 'fixed';
