// Original file: proto/kvtide/v1/worker.proto

import type { OpenedAttention as _kvtide_v1_OpenedAttention, OpenedAttention__Output as _kvtide_v1_OpenedAttention__Output } from '../../kvtide/v1/OpenedAttention.js';
import type { LayerAttended as _kvtide_v1_LayerAttended, LayerAttended__Output as _kvtide_v1_LayerAttended__Output } from '../../kvtide/v1/LayerAttended.js';

export interface AttentionResponse {
  'opened'?: (_kvtide_v1_OpenedAttention | null);
  'attended'?: (_kvtide_v1_LayerAttended | null);
  'error'?: (Buffer | Uint8Array | string);
  'begun'?: (boolean);
  'appended'?: (number);
}

export interface AttentionResponse__Output {
  'opened': (_kvtide_v1_OpenedAttention__Output | null);
  'attended': (_kvtide_v1_LayerAttended__Output | null);
  'error': (Buffer);
  'begun': (boolean);
  'appended': (number);
}
