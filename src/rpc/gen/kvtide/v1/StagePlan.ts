// Original file: proto/kvtide/v1/types.proto

import type { LayerRange as _kvtide_v1_LayerRange, LayerRange__Output as _kvtide_v1_LayerRange__Output } from '../../kvtide/v1/LayerRange.js';

export interface StagePlan {
  'worker'?: (string);
  'address'?: (string);
  'layers'?: (_kvtide_v1_LayerRange | null);
}

export interface StagePlan__Output {
  'worker': (string);
  'address': (string);
  'layers': (_kvtide_v1_LayerRange__Output | null);
}
