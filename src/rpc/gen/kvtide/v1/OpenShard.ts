// Original file: proto/kvtide/v1/worker.proto

import type { Protocol as _kvtide_v1_Protocol, Protocol__Output as _kvtide_v1_Protocol__Output } from '../../kvtide/v1/Protocol.js';
import type { LayerRange as _kvtide_v1_LayerRange, LayerRange__Output as _kvtide_v1_LayerRange__Output } from '../../kvtide/v1/LayerRange.js';

export interface OpenShard {
  'protocol'?: (_kvtide_v1_Protocol | null);
  'namespace'?: (string);
  'layers'?: (_kvtide_v1_LayerRange | null);
}

export interface OpenShard__Output {
  'protocol': (_kvtide_v1_Protocol__Output | null);
  'namespace': (string);
  'layers': (_kvtide_v1_LayerRange__Output | null);
}
