// Original file: proto/kvtide/v1/worker.proto

import type { AttentionMode as _kvtide_v1_AttentionMode, AttentionMode__Output as _kvtide_v1_AttentionMode__Output } from '../../kvtide/v1/AttentionMode.js';

export interface AttendLayer {
  'layer'?: (number);
  'q'?: (Buffer | Uint8Array | string);
  'mode'?: (_kvtide_v1_AttentionMode | null);
}

export interface AttendLayer__Output {
  'layer': (number);
  'q': (Buffer);
  'mode': (_kvtide_v1_AttentionMode__Output | null);
}
