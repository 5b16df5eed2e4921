// Original file: proto/kvtide/v1/worker.proto

import type { ByTier as _kvtide_v1_ByTier, ByTier__Output as _kvtide_v1_ByTier__Output } from '../../kvtide/v1/ByTier.js';
import type { StallMs as _kvtide_v1_StallMs, StallMs__Output as _kvtide_v1_StallMs__Output } from '../../kvtide/v1/StallMs.js';

export interface StageTrace {
  'stage'?: (number);
  'computeMs'?: (number | string);
  'stallMs'?: (number | string);
  'loadMs'?: (number | string);
  'loadedPages'?: (_kvtide_v1_ByTier | null);
  'loadedBytes'?: (_kvtide_v1_ByTier | null);
  'stalls'?: (_kvtide_v1_StallMs | null);
  'peerPages'?: (number | string);
  'attendedPages'?: (number | string);
  'attendedBytes'?: (number | string);
  'skippedPages'?: (number | string);
  'batch'?: (number);
  'skippedBytes'?: (number | string);
}

export interface StageTrace__Output {
  'stage': (number);
  'computeMs': (number);
  'stallMs': (number);
  'loadMs': (number);
  'loadedPages': (_kvtide_v1_ByTier__Output | null);
  'loadedBytes': (_kvtide_v1_ByTier__Output | null);
  'stalls': (_kvtide_v1_StallMs__Output | null);
  'peerPages': (number);
  'attendedPages': (number);
  'attendedBytes': (number);
  'skippedPages': (number);
  'batch': (number);
  'skippedBytes': (number);
}
