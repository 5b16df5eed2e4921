import { FifoRetention } from './fifoRetention.js';
import { LruRetention } from './lruRetention.js';
import type { RetentionFactory } from './policy.js';

/** All retention policies by name. */
export const retentionPolicies = {
  lru: () => new LruRetention(),
  fifo: () => new FifoRetention(),
} as const satisfies Readonly<Record<string, RetentionFactory>>;

export type RetentionPolicyName = keyof typeof retentionPolicies;

export const retentionPolicyNames = Object.keys(retentionPolicies) as readonly RetentionPolicyName[];
export const defaultRetention: RetentionPolicyName = 'lru';
