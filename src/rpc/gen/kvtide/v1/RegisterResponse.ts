// Original file: proto/kvtide/v1/coordinator.proto

import type { Protocol as _kvtide_v1_Protocol, Protocol__Output as _kvtide_v1_Protocol__Output } from '../../kvtide/v1/Protocol.js';
import type { LayerRange as _kvtide_v1_LayerRange, LayerRange__Output as _kvtide_v1_LayerRange__Output } from '../../kvtide/v1/LayerRange.js';

export interface RegisterResponse {
  'protocol'?: (_kvtide_v1_Protocol | null);
  'worker'?: (string);
  'layers'?: (_kvtide_v1_LayerRange | null);
  'stage'?: (number);
  'stages'?: (number);
  'epoch'?: (number | string);
  'leaseMs'?: (number);
}

export interface RegisterResponse__Output {
  'protocol': (_kvtide_v1_Protocol__Output | null);
  'worker': (string);
  'layers': (_kvtide_v1_LayerRange__Output | null);
  'stage': (number);
  'stages': (number);
  'epoch': (number);
  'leaseMs': (number);
}
