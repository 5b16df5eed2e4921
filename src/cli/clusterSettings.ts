import { defaultBlockTokens } from '../core/geometry.js';
import { admissionPolicyNames } from '../policy/admissionPolicies.js';
import { placementPolicyNames } from '../policy/placementPolicies.js';
import { defaultPrefetch, prefetchPolicyNames } from '../policy/prefetchPolicies.js';
import { defaultResidency, residencyPolicyNames } from '../policy/residencyPolicies.js';
import { defaultRetention, retentionPolicyNames } from '../policy/retentionPolicies.js';
import { diskPackings } from '../tiers/codec/diskCodecs.js';
import { tierDtypes } from '../tiers/codec/tierDtype.js';
import { laneKinds } from '../transfer/laneKind.js';
import { flag } from './flag.js';
import { bytes, hostPorts, oneOf, onePolicy, someOf, text, whole, yesNo } from './settingValues.js';

/** What a cluster and its workers are made of. */
export const clusterSettings = {
  cluster: flag(
    hostPorts().optional(),
    '<host:port>',
    'coordinator to use, or all of them with commas; without it a cluster is started',
  ),
  stages: flag(whole(1, 1024).default(2), '<n>', 'layer ranges that the model is split into'),
  workers: flag(whole(1, 1024).optional(), '<n>', 'worker processes, a multiple of --stages; one a stage'),
  deviceBytes: flag(bytes().default(2 * 2 ** 20), '<size>', 'device budget of each worker'),
  pinnedBytes: flag(bytes().default(6 * 2 ** 20), '<size>', 'pinned memory budget of each worker'),
  diskBytes: flag(bytes().default(2 ** 30), '<size>', 'disk budget of each worker'),
  pinnedDtype: flag(
    oneOf(tierDtypes).default('exact'),
    '<exact|int8|int4>',
    'precision of pages in pinned memory; below exact, what comes back from there is not what was computed',
  ),
  diskDtype: flag(
    oneOf(tierDtypes).default('exact'),
    '<exact|int8|int4>',
    'precision of pages on disk; below exact, what comes back from there is not what was computed',
  ),
  diskCodec: flag(
    oneOf(diskPackings).default('none'),
    '<none|shuffle>',
    'makes exact pages on disk smaller and loses nothing',
  ),
  dataDir: flag(text().optional(), '<dir>', 'keeps sealed pages between runs; without it a temporary folder'),
  residency: flag(
    oneOf(residencyPolicyNames).default(defaultResidency),
    '<name>',
    'which pages stay on the device',
  ),
  retention: flag(
    onePolicy(retentionPolicyNames).default(defaultRetention),
    '<name>',
    'which sealed blocks stay below: a name, or the path of a .ts or .js file',
  ),
  admission: flag(someOf(admissionPolicyNames).optional(), '<name>', 'which blocks the tiers below take in'),
  placement: flag(someOf(placementPolicyNames).optional(), '<name>', 'when blocks are copied to those tiers'),
  policyDir: flag(
    text().optional(),
    '<dir>',
    'folder whose .ts and .js files kvtide policy set retention may load; their code runs in the worker',
  ),
  prefetch: flag(
    oneOf(prefetchPolicyNames).optional(),
    '<name>',
    `what is brought up before a step asks for it: ${prefetchPolicyNames.join(', ')}; ${defaultPrefetch}`,
  ),
  shadow: flag(
    someOf(retentionPolicyNames).optional(),
    '<names>',
    'retention policies to watch beside the live one, on keys alone: kvtide status --policies',
  ),
  policies: flag(yesNo().default(false), null, 'what policies keep, and what others would have hit'),
  record: flag(
    text().optional(),
    '<file>',
    'new file for the uses of blocks and what retention decides, without contents; .0, .1 … with several workers',
  ),
  kvDtype: flag(oneOf(['f32', 'f16']).default('f32'), '<f32|f16>', 'how pages store K and V'),
  blockTokens: flag(whole(1).default(defaultBlockTokens), '<n>', 'tokens of a block: 16, 32 … 1024'),
  verify: flag(
    oneOf(['boundary', 'always']).default('boundary'),
    '<when>',
    'checksums: where bytes come from disk or outside, or always',
  ),
  threads: flag(whole(1, 1024).optional(), '<n>', 'compute threads of each worker; cores / workers'),
  attentionThreads: flag(
    whole(1, 1024).optional(),
    '<n>',
    'threads of attention in a decode step, where stages take turns; --threads, else all cores',
  ),
  lanes: flag(
    someOf(laneKinds).default([...laneKinds]),
    '<kinds>',
    'ways that page bytes may travel, the best that both ends have is taken',
  ),
  linkBandwidth: flag(
    bytes()
      .refine((rate) => rate > 0, 'a rate above 0 is wanted')
      .optional(),
    '<size>',
    'bytes a second of a test double that brings pages to the device as a copy engine would',
  ),
  linkLatencyUs: flag(whole(0, 1_000_000).default(10), '<n>', 'latency of that double for each page'),
};
