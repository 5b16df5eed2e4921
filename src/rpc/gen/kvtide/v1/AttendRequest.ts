// Original file: proto/kvtide/v1/worker.proto

import type { OpenShard as _kvtide_v1_OpenShard, OpenShard__Output as _kvtide_v1_OpenShard__Output } from '../../kvtide/v1/OpenShard.js';
import type { KeepBlocks as _kvtide_v1_KeepBlocks, KeepBlocks__Output as _kvtide_v1_KeepBlocks__Output } from '../../kvtide/v1/KeepBlocks.js';
import type { DropBlocks as _kvtide_v1_DropBlocks, DropBlocks__Output as _kvtide_v1_DropBlocks__Output } from '../../kvtide/v1/DropBlocks.js';
import type { AttendQueries as _kvtide_v1_AttendQueries, AttendQueries__Output as _kvtide_v1_AttendQueries__Output } from '../../kvtide/v1/AttendQueries.js';

export interface AttendRequest {
  'open'?: (_kvtide_v1_OpenShard | null);
  'keep'?: (_kvtide_v1_KeepBlocks | null);
  'drop'?: (_kvtide_v1_DropBlocks | null);
  'attend'?: (_kvtide_v1_AttendQueries | null);
  'kind'?: "open"|"keep"|"drop"|"attend";
}

export interface AttendRequest__Output {
  'open'?: (_kvtide_v1_OpenShard__Output | null);
  'keep'?: (_kvtide_v1_KeepBlocks__Output | null);
  'drop'?: (_kvtide_v1_DropBlocks__Output | null);
  'attend'?: (_kvtide_v1_AttendQueries__Output | null);
  'kind'?: "open"|"keep"|"drop"|"attend";
}
