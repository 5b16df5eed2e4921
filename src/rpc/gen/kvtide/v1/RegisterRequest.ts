// Original file: proto/kvtide/v1/coordinator.proto

import type { Protocol as _kvtide_v1_Protocol, Protocol__Output as _kvtide_v1_Protocol__Output } from '../../kvtide/v1/Protocol.js';
import type { Geometry as _kvtide_v1_Geometry, Geometry__Output as _kvtide_v1_Geometry__Output } from '../../kvtide/v1/Geometry.js';
import type { ByTier as _kvtide_v1_ByTier, ByTier__Output as _kvtide_v1_ByTier__Output } from '../../kvtide/v1/ByTier.js';

export interface RegisterRequest {
  'protocol'?: (_kvtide_v1_Protocol | null);
  'worker'?: (string);
  'address'?: (string);
  'pid'?: (number);
  'geometry'?: (_kvtide_v1_Geometry | null);
  'configJson'?: (string);
  'stage'?: (number);
  'budgetBytes'?: (_kvtide_v1_ByTier | null);
  'metricsAddress'?: (string);
}

export interface RegisterRequest__Output {
  'protocol': (_kvtide_v1_Protocol__Output | null);
  'worker': (string);
  'address': (string);
  'pid': (number);
  'geometry': (_kvtide_v1_Geometry__Output | null);
  'configJson': (string);
  'stage': (number);
  'budgetBytes': (_kvtide_v1_ByTier__Output | null);
  'metricsAddress': (string);
}
