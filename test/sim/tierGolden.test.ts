import { describe, expect, it } from 'vitest';
import { readTrace } from '../../src/lab/readTrace.js';
import {
  type AdmissionPolicyName,
  admissionPolicies,
  admissionPolicyNames,
} from '../../src/policy/admissionPolicies.js';
import {
  type PlacementPolicyName,
  placementPolicies,
  placementPolicyNames,
} from '../../src/policy/placementPolicies.js';
import {
  type RetentionPolicyName,
  retentionPolicies,
  retentionPolicyNames,
} from '../../src/policy/retentionPolicies.js';
import { tierReplay } from '../../src/sim/tierReplay.js';

/** Hits, prefix hits; of pinned memory and of the disk, blocks found, loaded and written. */
type Counts = readonly number[];

const byRetention: Readonly<Record<RetentionPolicyName, Counts>> = {
  lru: [4184, 4184, 1436, 1436, 6821, 1675, 1675, 5185],
  fifo: [4184, 4184, 1577, 1577, 6962, 1675, 1675, 5185],
  lfu: [4162, 4162, 1616, 1616, 7220, 1872, 1872, 5404],
  'lfu-history': [4113, 4073, 965, 961, 6947, 2201, 2165, 5782],
  clock: [4184, 4184, 1399, 1399, 6774, 1665, 1665, 5175],
  sieve: [4162, 4162, 1616, 1616, 7220, 1872, 1872, 5404],
  s3fifo: [4031, 3963, 700, 693, 6592, 2029, 1973, 5692],
  '2q': [4100, 4097, 839, 839, 6739, 2106, 2103, 5700],
  arc: [4174, 4174, 1272, 1272, 6700, 1708, 1708, 5228],
  wtinylfu: [3665, 3004, 1051, 863, 6809, 1529, 1084, 5558],
  'prefix-lru': [4193, 4193, 1343, 1343, 6701, 1657, 1657, 5158],
  gdsf: [4202, 4146, 1258, 1258, 6643, 1693, 1637, 5185],
  tide: [4084, 3550, 1247, 1195, 6687, 1630, 1148, 5240],
};

const byPair: Readonly<Record<AdmissionPolicyName, Readonly<Record<PlacementPolicyName, Counts>>>> = {
  always: {
    'write-through': [3783, 3783, 1024, 1024, 5847, 1686, 1686, 4161],
    'write-back': [4184, 4184, 1436, 1436, 6821, 1675, 1675, 5185],
    selective: [3982, 3937, 1198, 1198, 5668, 1711, 1666, 3895],
  },
  'second-touch': {
    'write-through': [3039, 3021, 899, 899, 823, 1067, 1049, 1347],
    'write-back': [1708, 1708, 635, 635, 1154, 0, 0, 16],
    selective: [2090, 2090, 899, 899, 823, 118, 118, 480],
  },
  tinylfu: {
    'write-through': [3516, 3453, 1182, 1133, 2514, 1261, 1247, 1925],
    'write-back': [3608, 3266, 1373, 1225, 4469, 1162, 968, 2576],
    selective: [3154, 2950, 1270, 1172, 2376, 811, 705, 1289],
  },
  benefit: {
    'write-through': [3564, 3503, 1199, 1152, 2576, 1292, 1278, 1987],
    'write-back': [3746, 3385, 1414, 1263, 4584, 1259, 1049, 2704],
    selective: [3210, 2997, 1254, 1152, 2423, 883, 772, 1320],
  },
};

const { trace } = await readTrace('test/fixtures/traces/chat.jsonl', { skipBad: false });
const blockBytes = 1_000_000;

function counts(
  retention: RetentionPolicyName,
  admission: AdmissionPolicyName,
  placement: PlacementPolicyName,
): Counts {
  const policies = {
    retention: retentionPolicies[retention],
    admission: admissionPolicies[admission],
    placement: placementPolicies[placement],
  };
  const { hits, prefixHits, tiers } = tierReplay(trace, policies, {
    tiers: [
      { name: 'device', capacity: 50, bytesPerSecond: Number.POSITIVE_INFINITY, latencyMs: 0 },
      { name: 'pinned', capacity: 200, bytesPerSecond: 1e9, latencyMs: 0.1 },
      { name: 'disk', capacity: 600, bytesPerSecond: 5e8, latencyMs: 0.1 },
    ],
    blockBytes,
    recomputeTokensPerSecond: 1000,
    countOutput: false,
    warmup: 0,
  });
  const below = tiers.slice(1).flatMap((tier) => {
    return [tier.hits, tier.readBytes / blockBytes, tier.writtenBytes / blockBytes];
  });
  return [hits, prefixHits, ...below];
}

describe('golden counts of 7944 accesses in three tiers', () => {
  it.each(retentionPolicyNames)('%s, each block in one tier', (name) => {
    expect(counts(name, 'always', 'write-back')).toEqual(byRetention[name]);
  });

  const pairs = admissionPolicyNames.flatMap((admission) =>
    placementPolicyNames.map((placement) => [admission, placement] as const),
  );
  it.each(pairs)('lru, admission %s, placement %s', (admission, placement) => {
    expect(counts('lru', admission, placement)).toEqual(byPair[admission][placement]);
  });
});
