import { retentionPolicyNames } from '../policy/retentionPolicies.js';
import { offlineReplayNames } from '../sim/simulator.js';
import { syntheticKinds } from '../sim/synthetic/syntheticTrace.js';
import { flag } from './flag.js';
import { decimal, policyList, text, whole, wholeList, yesNo } from './settingValues.js';

/** What is replayed and how it is told. */
export const simSettings = {
  trace: flag(
    text().optional(),
    '<file>',
    'trace to replay: Mooncake, Alibaba Bailian or recorded by a worker',
  ),
  synthetic: flag(
    text().optional(),
    '<kind>',
    `instead of --trace: a trace made from --seed: ${syntheticKinds.join(', ')}; such as chat:requests=5000,users=200`,
  ),
  policy: flag(
    policyList([...retentionPolicyNames, ...offlineReplayNames]).optional(),
    '<names>',
    'policies to replay, by name or by the path of a .ts or .js file, with commas between; all of them',
  ),
  capacity: flag(wholeList(1, 2 ** 30).optional(), '<blocks>', 'sizes of the cache, such as 1000,10000'),
  tiers: flag(
    text().optional(),
    '<sizes>',
    'instead of --capacity: tiers, the fastest first, such as device=2GiB,pinned=16GiB,disk=200GiB',
  ),
  geometry: flag(
    text().optional(),
    '<file>',
    'with --tiers: config.json of the model, or its checkpoint folder: what a block takes',
  ),
  tierBandwidths: flag(
    text().default('pinned=20GiB,disk=2GiB'),
    '<sizes>',
    'with --tiers: bytes a second that are loaded from each tier below the first',
  ),
  tierLatenciesUs: flag(
    text().default('pinned=10,disk=100'),
    '<times>',
    'with --tiers: what each load of a block takes beside its bytes, in µs',
  ),
  recomputeRate: flag(
    decimal(0.001, 1e9).default(10_000),
    '<n>',
    'with --tiers: tokens of a prompt that are computed in a second',
  ),
  countOutput: flag(
    yesNo().default(false),
    null,
    'with --tiers: generated tokens count in the token hit rate',
  ),
  warmup: flag(
    decimal(0, 0.99).default(0),
    '<share>',
    'first share of the requests, replayed but not counted',
  ),
  skipBad: flag(yesNo().default(false), null, 'leave bad lines of the trace out, and say how many'),
  jobs: flag(whole(1, 1024).optional(), '<n>', 'replays at once; one a core'),
  out: flag(text().optional(), '<file>', 'file to write; without it stdout'),
};
