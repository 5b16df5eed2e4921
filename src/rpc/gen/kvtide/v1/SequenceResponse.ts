// Original file: proto/kvtide/v1/coordinator.proto

import type { Plan as _kvtide_v1_Plan, Plan__Output as _kvtide_v1_Plan__Output } from '../../kvtide/v1/Plan.js';

export interface SequenceResponse {
  'plan'?: (_kvtide_v1_Plan | null);
  'cachedBlocks'?: (number);
  'tokens'?: (number | string);
  'maxTokens'?: (number | string);
}

export interface SequenceResponse__Output {
  'plan': (_kvtide_v1_Plan__Output | null);
  'cachedBlocks': (number);
  'tokens': (number);
  'maxTokens': (number);
}
