// Original file: proto/kvtide/v1/worker.proto

import type { Opened as _kvtide_v1_Opened, Opened__Output as _kvtide_v1_Opened__Output } from '../../kvtide/v1/Opened.js';
import type { StepResult as _kvtide_v1_StepResult, StepResult__Output as _kvtide_v1_StepResult__Output } from '../../kvtide/v1/StepResult.js';

export interface DecodeResponse {
  'opened'?: (_kvtide_v1_Opened | null);
  'result'?: (_kvtide_v1_StepResult | null);
  'kind'?: "opened"|"result";
}

export interface DecodeResponse__Output {
  'opened'?: (_kvtide_v1_Opened__Output | null);
  'result'?: (_kvtide_v1_StepResult__Output | null);
  'kind'?: "opened"|"result";
}
