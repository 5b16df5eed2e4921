import { ArcRetention } from './arcRetention.js';
import { ClockRetention } from './clockRetention.js';
import { FifoRetention } from './fifoRetention.js';
import { GdsfRetention } from './gdsfRetention.js';
import { LfuHistoryRetention } from './lfuHistoryRetention.js';
import { LfuRetention } from './lfuRetention.js';
import { LruRetention } from './lruRetention.js';
import type { RetentionFactory } from './policy.js';
import { PrefixLruRetention } from './prefixLruRetention.js';
import { S3FifoRetention } from './s3FifoRetention.js';
import { SieveRetention } from './sieveRetention.js';
import { TideRetention } from './tideRetention.js';
import { TwoQueueRetention } from './twoQueueRetention.js';
import { WTinyLfuRetention } from './wTinyLfuRetention.js';

/** All retention policies by name. */
export const retentionPolicies = {
  lru: (_columns, capacity) => new LruRetention(capacity),
  fifo: (_columns, capacity) => new FifoRetention(capacity),
  lfu: (_columns, capacity) => new LfuRetention(capacity),
  'lfu-history': (columns, capacity) => new LfuHistoryRetention(columns, capacity),
  clock: (_columns, capacity) => new ClockRetention(capacity),
  sieve: (_columns, capacity) => new SieveRetention(capacity),
  s3fifo: (columns, capacity) => new S3FifoRetention(columns, capacity),
  '2q': (columns, capacity) => new TwoQueueRetention(columns, capacity),
  arc: (columns, capacity) => new ArcRetention(columns, capacity),
  wtinylfu: (columns, capacity) => new WTinyLfuRetention(columns, capacity),
  'prefix-lru': (columns, capacity) => new PrefixLruRetention(columns, capacity),
  gdsf: (columns, capacity) => new GdsfRetention(columns, capacity),
  tide: (columns, capacity) => new TideRetention(columns, capacity),
} as const satisfies Readonly<Record<string, RetentionFactory>>;

export type RetentionPolicyName = keyof typeof retentionPolicies;

export const retentionPolicyNames = Object.keys(retentionPolicies) as readonly RetentionPolicyName[];
export const defaultRetention: RetentionPolicyName = 'lru';
