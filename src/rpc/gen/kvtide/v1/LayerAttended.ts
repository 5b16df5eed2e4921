// Original file: proto/kvtide/v1/worker.proto

import type { StageTrace as _kvtide_v1_StageTrace, StageTrace__Output as _kvtide_v1_StageTrace__Output } from '../../kvtide/v1/StageTrace.js';

export interface LayerAttended {
  'o'?: (Buffer | Uint8Array | string);
  'lse'?: (Buffer | Uint8Array | string);
  'trace'?: (_kvtide_v1_StageTrace | null);
}

export interface LayerAttended__Output {
  'o': (Buffer);
  'lse': (Buffer);
  'trace': (_kvtide_v1_StageTrace__Output | null);
}
