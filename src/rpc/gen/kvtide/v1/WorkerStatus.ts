// Original file: proto/kvtide/v1/coordinator.proto

import type { LayerRange as _kvtide_v1_LayerRange, LayerRange__Output as _kvtide_v1_LayerRange__Output } from '../../kvtide/v1/LayerRange.js';
import type { ByTier as _kvtide_v1_ByTier, ByTier__Output as _kvtide_v1_ByTier__Output } from '../../kvtide/v1/ByTier.js';

export interface WorkerStatus {
  'worker'?: (string);
  'address'?: (string);
  'pid'?: (number);
  'layers'?: (_kvtide_v1_LayerRange | null);
  'stage'?: (number);
  'state'?: (string);
  'pages'?: (number | string);
  'budgetBytes'?: (_kvtide_v1_ByTier | null);
  'metricsAddress'?: (string);
  'draining'?: (boolean);
  'keptPages'?: (number | string);
}

export interface WorkerStatus__Output {
  'worker': (string);
  'address': (string);
  'pid': (number);
  'layers': (_kvtide_v1_LayerRange__Output | null);
  'stage': (number);
  'state': (string);
  'pages': (number);
  'budgetBytes': (_kvtide_v1_ByTier__Output | null);
  'metricsAddress': (string);
  'draining': (boolean);
  'keptPages': (number);
}
