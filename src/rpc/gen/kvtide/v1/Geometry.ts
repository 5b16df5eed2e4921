// Original file: proto/kvtide/v1/types.proto

import type { LayerAttention as _kvtide_v1_LayerAttention, LayerAttention__Output as _kvtide_v1_LayerAttention__Output } from '../../kvtide/v1/LayerAttention.js';

export interface Geometry {
  'layers'?: (_kvtide_v1_LayerAttention)[];
  'kvHeads'?: (number);
  'headDim'?: (number);
  'dtype'?: (string);
  'blockTokens'?: (number);
  'layoutVersion'?: (number);
}

export interface Geometry__Output {
  'layers': (_kvtide_v1_LayerAttention__Output)[];
  'kvHeads': (number);
  'headDim': (number);
  'dtype': (string);
  'blockTokens': (number);
  'layoutVersion': (number);
}
