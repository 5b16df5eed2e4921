// Original file: proto/kvtide/v1/worker.proto

import type { Protocol as _kvtide_v1_Protocol, Protocol__Output as _kvtide_v1_Protocol__Output } from '../../kvtide/v1/Protocol.js';
import type { Plan as _kvtide_v1_Plan, Plan__Output as _kvtide_v1_Plan__Output } from '../../kvtide/v1/Plan.js';
import type { AttentionMode as _kvtide_v1_AttentionMode, AttentionMode__Output as _kvtide_v1_AttentionMode__Output } from '../../kvtide/v1/AttentionMode.js';

export interface OpenSequence {
  'protocol'?: (_kvtide_v1_Protocol | null);
  'plan'?: (_kvtide_v1_Plan | null);
  'stage'?: (number);
  'namespace'?: (string);
  'rootKey'?: (Buffer | Uint8Array | string);
  'blocks'?: (Buffer | Uint8Array | string);
  'attention'?: (_kvtide_v1_AttentionMode | null);
}

export interface OpenSequence__Output {
  'protocol': (_kvtide_v1_Protocol__Output | null);
  'plan': (_kvtide_v1_Plan__Output | null);
  'stage': (number);
  'namespace': (string);
  'rootKey': (Buffer);
  'blocks': (Buffer);
  'attention': (_kvtide_v1_AttentionMode__Output | null);
}
