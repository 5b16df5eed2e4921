// Original file: proto/kvtide/v1/types.proto

import type { LayerRange as _kvtide_v1_LayerRange, LayerRange__Output as _kvtide_v1_LayerRange__Output } from '../../kvtide/v1/LayerRange.js';
import type { ShardPlan as _kvtide_v1_ShardPlan, ShardPlan__Output as _kvtide_v1_ShardPlan__Output } from '../../kvtide/v1/ShardPlan.js';

export interface StagePlan {
  'worker'?: (string);
  'address'?: (string);
  'layers'?: (_kvtide_v1_LayerRange | null);
  'shards'?: (_kvtide_v1_ShardPlan)[];
}

export interface StagePlan__Output {
  'worker': (string);
  'address': (string);
  'layers': (_kvtide_v1_LayerRange__Output | null);
  'shards': (_kvtide_v1_ShardPlan__Output)[];
}
