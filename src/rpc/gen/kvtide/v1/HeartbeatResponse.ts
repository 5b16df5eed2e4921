// Original file: proto/kvtide/v1/coordinator.proto

import type { ShardPlan as _kvtide_v1_ShardPlan, ShardPlan__Output as _kvtide_v1_ShardPlan__Output } from '../../kvtide/v1/ShardPlan.js';

export interface HeartbeatResponse {
  'epoch'?: (number | string);
  'pinsChanged'?: (boolean);
  'pinnedBlocks'?: (Buffer | Uint8Array | string);
  'shardsChanged'?: (boolean);
  'shards'?: (_kvtide_v1_ShardPlan)[];
  'drained'?: (string)[];
  'draining'?: (boolean);
}

export interface HeartbeatResponse__Output {
  'epoch': (number);
  'pinsChanged': (boolean);
  'pinnedBlocks': (Buffer);
  'shardsChanged': (boolean);
  'shards': (_kvtide_v1_ShardPlan__Output)[];
  'drained': (string)[];
  'draining': (boolean);
}
