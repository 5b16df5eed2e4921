// Original file: proto/kvtide/v1/worker.proto

import type { Protocol as _kvtide_v1_Protocol, Protocol__Output as _kvtide_v1_Protocol__Output } from '../../kvtide/v1/Protocol.js';
import type { LayerRange as _kvtide_v1_LayerRange, LayerRange__Output as _kvtide_v1_LayerRange__Output } from '../../kvtide/v1/LayerRange.js';
import type { TierStats as _kvtide_v1_TierStats, TierStats__Output as _kvtide_v1_TierStats__Output } from '../../kvtide/v1/TierStats.js';
import type { LaneStats as _kvtide_v1_LaneStats, LaneStats__Output as _kvtide_v1_LaneStats__Output } from '../../kvtide/v1/LaneStats.js';
import type { LinkStats as _kvtide_v1_LinkStats, LinkStats__Output as _kvtide_v1_LinkStats__Output } from '../../kvtide/v1/LinkStats.js';
import type { TierPolicy as _kvtide_v1_TierPolicy, TierPolicy__Output as _kvtide_v1_TierPolicy__Output } from '../../kvtide/v1/TierPolicy.js';
import type { Shadows as _kvtide_v1_Shadows, Shadows__Output as _kvtide_v1_Shadows__Output } from '../../kvtide/v1/Shadows.js';
import type { PrefetchStats as _kvtide_v1_PrefetchStats, PrefetchStats__Output as _kvtide_v1_PrefetchStats__Output } from '../../kvtide/v1/PrefetchStats.js';

export interface StatsResponse {
  'protocol'?: (_kvtide_v1_Protocol | null);
  'worker'?: (string);
  'layers'?: (_kvtide_v1_LayerRange | null);
  'pid'?: (number);
  'tiers'?: (_kvtide_v1_TierStats)[];
  'openSequences'?: (number | string);
  'steps'?: (number | string);
  'computeMs'?: (number | string);
  'stallMs'?: (number | string);
  'loadMs'?: (number | string);
  'lanes'?: (_kvtide_v1_LaneStats)[];
  'link'?: (_kvtide_v1_LinkStats | null);
  'keptPages'?: (number | string);
  'attends'?: (number | string);
  'policies'?: (_kvtide_v1_TierPolicy)[];
  'shadows'?: (_kvtide_v1_Shadows | null);
  'prefetched'?: (_kvtide_v1_PrefetchStats | null);
}

export interface StatsResponse__Output {
  'protocol': (_kvtide_v1_Protocol__Output | null);
  'worker': (string);
  'layers': (_kvtide_v1_LayerRange__Output | null);
  'pid': (number);
  'tiers': (_kvtide_v1_TierStats__Output)[];
  'openSequences': (number);
  'steps': (number);
  'computeMs': (number);
  'stallMs': (number);
  'loadMs': (number);
  'lanes': (_kvtide_v1_LaneStats__Output)[];
  'link': (_kvtide_v1_LinkStats__Output | null);
  'keptPages': (number);
  'attends': (number);
  'policies': (_kvtide_v1_TierPolicy__Output)[];
  'shadows': (_kvtide_v1_Shadows__Output | null);
  'prefetched': (_kvtide_v1_PrefetchStats__Output | null);
}
