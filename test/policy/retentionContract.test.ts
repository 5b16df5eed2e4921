import { retentionPolicies } from '../../src/policy/retentionPolicies.js';
import { policyContract } from '../contract/policyContract.js';
import { frequencyReference } from './frequencyReference.js';
import { gdsfReference } from './gdsfReference.js';
import { arcReference, s3FifoReference, twoQueueReference } from './ghostReferences.js';
import { clockReference, sieveReference } from './handReferences.js';
import { prefixLruReference } from './prefixLruReference.js';
import { queueReference } from './queueReference.js';
import { treeWriter } from './treeBlocks.js';
import { wTinyLfuReference } from './wTinyLfuReference.js';

policyContract('lru', retentionPolicies.lru, () => queueReference(true));
policyContract('fifo', retentionPolicies.fifo, () => queueReference(false));
policyContract('lfu', retentionPolicies.lfu, (capacity) => frequencyReference(false, capacity));
policyContract('lfu-history', retentionPolicies['lfu-history'], (capacity) =>
  frequencyReference(true, capacity),
);
policyContract('clock', retentionPolicies.clock, clockReference);
policyContract('sieve', retentionPolicies.sieve, sieveReference);
policyContract('s3fifo', retentionPolicies.s3fifo, s3FifoReference);
policyContract('2q', retentionPolicies['2q'], twoQueueReference);
policyContract('arc', retentionPolicies.arc, arcReference);
policyContract('wtinylfu', retentionPolicies.wtinylfu, wTinyLfuReference);
policyContract('prefix-lru', retentionPolicies['prefix-lru'], prefixLruReference, treeWriter);
policyContract('gdsf', retentionPolicies.gdsf, gdsfReference, treeWriter);
