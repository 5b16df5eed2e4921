import type { PlacementFactory } from './policy.js';
import { SelectivePlacement } from './selectivePlacement.js';
import { WriteBackPlacement } from './writeBackPlacement.js';
import { WriteThroughPlacement } from './writeThroughPlacement.js';

/** All placement policies by name. A worker and the simulator have defaults of their own. */
export const placementPolicies = {
  'write-through': () => new WriteThroughPlacement(),
  'write-back': () => new WriteBackPlacement(),
  selective: (columns, capacity) => new SelectivePlacement(columns, capacity),
} as const satisfies Readonly<Record<string, PlacementFactory>>;

export type PlacementPolicyName = keyof typeof placementPolicies;

export const placementPolicyNames = Object.keys(placementPolicies) as readonly PlacementPolicyName[];
export const defaultPlacement: PlacementPolicyName = 'write-through';
