// Original file: proto/kvtide/v1/coordinator.proto

import type { LayerRange as _kvtide_v1_LayerRange, LayerRange__Output as _kvtide_v1_LayerRange__Output } from '../../kvtide/v1/LayerRange.js';

export interface StagePrefix {
  'layers'?: (_kvtide_v1_LayerRange | null);
  'cachedBlocks'?: (number);
}

export interface StagePrefix__Output {
  'layers': (_kvtide_v1_LayerRange__Output | null);
  'cachedBlocks': (number);
}
