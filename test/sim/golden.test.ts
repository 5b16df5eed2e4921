import { describe, expect, it } from 'vitest';
import { readTrace } from '../../src/lab/readTrace.js';
import {
  type RetentionPolicyName,
  retentionPolicies,
  retentionPolicyNames,
} from '../../src/policy/retentionPolicies.js';
import {
  type OfflineReplayName,
  offlineReplayNames,
  offlineReplays,
  simulate,
} from '../../src/sim/simulator.js';

const capacities = [10, 50, 200, 1000];
type Counts = readonly (readonly [hits: number, prefixHits: number])[];

/** Of 7944 accesses to 2824 different blocks in 600 requests, at each of the capacities. */
const golden: Readonly<Record<RetentionPolicyName | OfflineReplayName, Counts>> = {
  lru: [
    [140, 140],
    [1073, 1073],
    [2097, 2097],
    [4476, 4476],
  ],
  fifo: [
    [116, 116],
    [932, 875],
    [2094, 1951],
    [4300, 3999],
  ],
  lfu: [
    [599, 599],
    [674, 674],
    [1220, 1220],
    [3393, 3393],
  ],
  'lfu-history': [
    [609, 609],
    [947, 933],
    [1709, 1683],
    [4075, 4072],
  ],
  clock: [
    [148, 148],
    [1120, 1108],
    [2100, 2100],
    [4457, 4439],
  ],
  sieve: [
    [599, 599],
    [674, 674],
    [1220, 1220],
    [3412, 3412],
  ],
  s3fifo: [
    [597, 597],
    [1302, 1201],
    [1978, 1920],
    [4285, 4196],
  ],
  '2q': [
    [594, 592],
    [1155, 1017],
    [1996, 1897],
    [4265, 4035],
  ],
  arc: [
    [603, 601],
    [1194, 914],
    [1997, 1956],
    [4464, 4464],
  ],
  wtinylfu: [
    [673, 619],
    [1085, 926],
    [1698, 1632],
    [3432, 3384],
  ],
  'prefix-lru': [
    [275, 275],
    [1193, 1193],
    [2186, 2186],
    [4480, 4480],
  ],
  gdsf: [
    [391, 391],
    [1252, 1230],
    [2123, 2115],
    [4582, 4578],
  ],
  tide: [
    [697, 697],
    [1207, 1207],
    [1914, 1914],
    [4514, 4514],
  ],
  min: [
    [951, 951],
    [2405, 2405],
    [3996, 3996],
    [5120, 5120],
  ],
  optimum: [
    [999, 999],
    [2425, 2425],
    [4002, 4002],
    [5120, 5120],
  ],
  infinite: [
    [5120, 5120],
    [5120, 5120],
    [5120, 5120],
    [5120, 5120],
  ],
};

const { trace } = await readTrace('test/fixtures/traces/chat.jsonl', { skipBad: false });

describe('golden counts on the small chat trace', () => {
  it('are of this trace', () => {
    expect([trace.requests, trace.blocks.length, trace.uniqueBlocks]).toEqual([600, 7944, 2824]);
  });

  it.each(retentionPolicyNames)('%s', (name) => {
    const counts = capacities.map((capacity) => simulate(trace, retentionPolicies[name], { capacity }));
    expect(counts.map(({ hits, prefixHits }) => [hits, prefixHits])).toEqual(golden[name]);
  });

  it.each(offlineReplayNames)('%s', (name) => {
    const counts = capacities.map((capacity) => offlineReplays[name](trace, capacity));
    expect(counts.map(({ hits, prefixHits }) => [hits, prefixHits])).toEqual(golden[name]);
  });
});
