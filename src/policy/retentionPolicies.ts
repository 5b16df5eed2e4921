import { FifoRetention } from './fifoRetention.js';
import { GdsfRetention } from './gdsfRetention.js';
import { LruRetention } from './lruRetention.js';
import type { RetentionFactory } from './policy.js';
import { PrefixLruRetention } from './prefixLruRetention.js';
import { WTinyLfuRetention } from './wTinyLfuRetention.js';

/** All retention policies by name. */
export const retentionPolicies = {
  lru: () => new LruRetention(),
  fifo: () => new FifoRetention(),
  wtinylfu: (columns, capacity) => new WTinyLfuRetention(columns, capacity),
  'prefix-lru': (columns) => new PrefixLruRetention(columns),
  gdsf: (columns) => new GdsfRetention(columns),
} as const satisfies Readonly<Record<string, RetentionFactory>>;

export type RetentionPolicyName = keyof typeof retentionPolicies;

export const retentionPolicyNames = Object.keys(retentionPolicies) as readonly RetentionPolicyName[];
export const defaultRetention: RetentionPolicyName = 'lru';
