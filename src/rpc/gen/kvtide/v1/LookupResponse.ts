// Original file: proto/kvtide/v1/coordinator.proto

import type { StagePrefix as _kvtide_v1_StagePrefix, StagePrefix__Output as _kvtide_v1_StagePrefix__Output } from '../../kvtide/v1/StagePrefix.js';

export interface LookupResponse {
  'cachedBlocks'?: (number);
  'epoch'?: (number | string);
  'stages'?: (_kvtide_v1_StagePrefix)[];
}

export interface LookupResponse__Output {
  'cachedBlocks': (number);
  'epoch': (number);
  'stages': (_kvtide_v1_StagePrefix__Output)[];
}
