// Original file: proto/kvtide/v1/worker.proto

import type { StageTrace as _kvtide_v1_StageTrace, StageTrace__Output as _kvtide_v1_StageTrace__Output } from '../../kvtide/v1/StageTrace.js';
import type { PositionResult as _kvtide_v1_PositionResult, PositionResult__Output as _kvtide_v1_PositionResult__Output } from '../../kvtide/v1/PositionResult.js';

export interface StepResult {
  'number'?: (number | string);
  'topIds'?: (number)[];
  'topLogits'?: (number | string)[];
  'logsumexp'?: (number | string);
  'logits'?: (Buffer | Uint8Array | string);
  'stages'?: (_kvtide_v1_StageTrace)[];
  'earlier'?: (_kvtide_v1_PositionResult)[];
}

export interface StepResult__Output {
  'number': (number);
  'topIds': (number)[];
  'topLogits': (number)[];
  'logsumexp': (number);
  'logits': (Buffer);
  'stages': (_kvtide_v1_StageTrace__Output)[];
  'earlier': (_kvtide_v1_PositionResult__Output)[];
}
