import * as z from 'zod';
import { defaultCoordinatorOptions } from '../coordinator/options.js';
import { attentionDefaults } from '../core/attentionMode.js';
import { defaultBlockTokens } from '../core/geometry.js';
import { policyKinds } from '../core/policyKind.js';
import { defaultStepsInFlight, speculations } from '../decode/generate.js';
import { logLevels } from '../observe/logger.js';
import { admissionPolicyNames } from '../policy/admissionPolicies.js';
import { placementPolicyNames } from '../policy/placementPolicies.js';
import { defaultResidency, residencyPolicyNames } from '../policy/residencyPolicies.js';
import { defaultRetention, retentionPolicyNames } from '../policy/retentionPolicies.js';
import { offlineReplayNames } from '../sim/simulator.js';
import { syntheticKinds } from '../sim/synthetic/syntheticTrace.js';
import { diskPackings } from '../tiers/codec/diskCodecs.js';
import { tierDtypes } from '../tiers/codec/tierDtype.js';
import { laneKinds } from '../transfer/laneKind.js';
import { attentionKinds } from './attentionKinds.js';
import {
  bytes,
  decimal,
  hostPort,
  maybeEmptyText,
  oneOf,
  onePolicy,
  policyList,
  someOf,
  text,
  tokenCount,
  whole,
  wholeList,
  yesNo,
} from './settingValues.js';

/** How a setting is written as a flag; null where the flag takes no value. */
interface FlagMeta {
  readonly argument: string | null;
  readonly description: string;
}

function flag<S extends z.ZodType>(schema: S, argument: string | null, description: string): S {
  return schema.meta({ argument, description } satisfies FlagMeta);
}

/**
 * Every setting of every command: its values, its default and its help, each once. `deviceBytes` is
 * `--device-bytes` as a flag, `KVTIDE_DEVICE_BYTES` in the environment and `deviceBytes` in a file; flags
 * win over the environment, and that over the file.
 */
export const settingsSchema = z.strictObject({
  model: flag(text().optional(), '<dir>', 'checkpoint folder in the Hugging Face layout'),
  kvConfig: flag(
    text().optional(),
    '<file>',
    'instead of --model: JSON with the shape of pages that others compute, to store them',
  ),

  prompt: flag(maybeEmptyText().optional(), '<text>', 'text to continue'),
  promptFile: flag(text().optional(), '<file>', 'file whose text is continued'),
  promptBytes: flag(whole(1).optional(), '<n>', 'use only the first n bytes of --prompt-file'),
  tokensFile: flag(text().optional(), '<file>', 'JSON array of token ids to continue'),
  maxTokens: flag(whole(1).default(64), '<n>', 'tokens to generate at most'),
  temperature: flag(decimal(0, 100).default(0), '<t>', '0 is greedy'),
  seed: flag(
    whole(0).default(0),
    '<n>',
    'seed of what is drawn: tokens, or a synthetic trace; equal seeds give equal results',
  ),
  ignoreEos: flag(yesNo().default(false), null, 'go on past the end-of-text tokens'),
  traceSteps: flag(yesNo().default(false), null, 'a line for every step: what it took and waited for'),
  topLogits: flag(whole(0, 1_000_000).default(0), '<k>', 'report the k highest logits of every step'),
  speculate: flag(
    oneOf(speculations).default('none'),
    '<none|ngram>',
    'verify tokens proposed from the text so far in one step: the same tokens in fewer steps',
  ),
  attention: flag(
    oneOf(attentionKinds).default('exact'),
    '<mode>',
    'what decode steps read of full layers: exact, or an approximation by sinks, top-pages or heavy-hitters',
  ),
  attentionShare: flag(
    decimal(0.0001, 1).optional(),
    '<share>',
    `with top-pages and heavy-hitters: the share of the pages that is read; ${attentionDefaults.share}`,
  ),
  attentionSinks: flag(
    whole(0).optional(),
    '<tokens>',
    `with sinks: first tokens whose pages are read; ${attentionDefaults.sinkTokens}`,
  ),
  attentionWindow: flag(
    whole(1).optional(),
    '<tokens>',
    `with sinks: last tokens whose pages are read; ${attentionDefaults.windowTokens}`,
  ),
  stepsInFlight: flag(whole(1, 64).default(defaultStepsInFlight), '<n>', 'prefill steps under way at once'),

  cluster: flag(hostPort().optional(), '<host:port>', 'coordinator to use; without it a cluster is started'),
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

  tenant: flag(text().default('default'), '<name>', 'whose KV it is; tenants never share'),
  tenantSecretFile: flag(text().optional(), '<file>', 'secret that the names of the KV are derived from'),

  listen: flag(hostPort().optional(), '<host:port>', 'where to serve; port 0 lets the kernel pick'),
  metricsListen: flag(hostPort().optional(), '<host:port>', 'where to serve /metrics'),
  insecureNetwork: flag(yesNo().default(false), null, 'allow listening beyond loopback without TLS'),
  coordinator: flag(hostPort().optional(), '<host:port>', 'the coordinator to register with'),
  stage: flag(whole(0, 1023).optional(), '<n>', 'the stage that this worker would like'),
  leaseMs: flag(whole(100, 3_600_000).default(3000), '<ms>', 'a worker that is silent for so long is lost'),
  admissionWaitMs: flag(
    whole(0, 86_400_000).default(defaultCoordinatorOptions.admissionWaitMsMax),
    '<ms>',
    'how long a sequence may wait for room; keep it below --deadline-ms of clients',
  ),
  admissionQueue: flag(
    whole(0, 1_000_000).default(defaultCoordinatorOptions.admissionQueueMax),
    '<n>',
    'sequences that may wait for room',
  ),
  deadlineMs: flag(whole(1, 86_400_000).default(30_000), '<ms>', 'how long to wait for an answer'),

  from: flag(
    text().optional(),
    '<source>',
    'copy: the worker that has the blocks; sim report: the file with what kvtide sim --json printed',
  ),
  to: flag(text().optional(), '<worker>', 'the worker that is to have them'),
  migrate: flag(yesNo().default(false), null, 'remove from the first worker what the second has then'),
  blocksFile: flag(
    text().optional(),
    '<file>',
    'keys of the blocks, 64 hex digits a line; without it all that the worker holds',
  ),

  worker: flag(text().optional(), '<worker>', 'id of a worker, as kvtide status shows it'),

  policyAction: flag(oneOf(['list', 'set']).default('list'), '<action>', 'list or set'),
  policyKind: flag(oneOf(policyKinds).optional(), '<kind>', 'retention, residency, admission or placement'),
  policyName: flag(text().optional(), '<name>', 'the policy, as kvtide policy list names it'),

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

  context: flag(tokenCount().optional(), '<tokens>', 'context to plan for, such as 32k or 1M'),
  short: flag(yesNo().default(false), null, 'a small run, for tests'),

  json: flag(yesNo().default(false), null, 'one line of JSON on stdout'),
  verbose: flag(yesNo().default(false), null, 'more on stderr'),
  logLevel: flag(oneOf(logLevels).default('warn'), '<level>', 'log lines on stderr from this level'),
  parentPipe: flag(yesNo().default(false), null, 'end when stdin ends; SIGINT is left to the parent'),
  ephemeral: flag(yesNo().default(false), null, 'remove --data-dir when it ends'),
});

export type Settings = Readonly<z.output<typeof settingsSchema>>;
export type SettingName = keyof Settings;

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export const settingNames = Object.keys(settingsSchema.shape) as SettingName[]; // the keys of the schema

export const flagOf = (name: SettingName): string => `--${kebab(name)}`;
export const variableOf = (name: SettingName): string =>
  `KVTIDE_${kebab(name).replaceAll('-', '_').toUpperCase()}`;

/** The flag's argument and help. */
export function flagMeta(name: SettingName): FlagMeta {
  const meta = settingsSchema.shape[name].meta();
  const argument = typeof meta?.argument === 'string' ? meta.argument : null;
  return { argument, description: meta?.description ?? '' };
}
