// Original file: proto/kvtide/v1/worker.proto

import type { OpenSequence as _kvtide_v1_OpenSequence, OpenSequence__Output as _kvtide_v1_OpenSequence__Output } from '../../kvtide/v1/OpenSequence.js';
import type { Seek as _kvtide_v1_Seek, Seek__Output as _kvtide_v1_Seek__Output } from '../../kvtide/v1/Seek.js';
import type { Step as _kvtide_v1_Step, Step__Output as _kvtide_v1_Step__Output } from '../../kvtide/v1/Step.js';
import type { Truncate as _kvtide_v1_Truncate, Truncate__Output as _kvtide_v1_Truncate__Output } from '../../kvtide/v1/Truncate.js';

export interface DecodeRequest {
  'open'?: (_kvtide_v1_OpenSequence | null);
  'seek'?: (_kvtide_v1_Seek | null);
  'step'?: (_kvtide_v1_Step | null);
  'truncate'?: (_kvtide_v1_Truncate | null);
  'kind'?: "open"|"seek"|"step"|"truncate";
}

export interface DecodeRequest__Output {
  'open'?: (_kvtide_v1_OpenSequence__Output | null);
  'seek'?: (_kvtide_v1_Seek__Output | null);
  'step'?: (_kvtide_v1_Step__Output | null);
  'truncate'?: (_kvtide_v1_Truncate__Output | null);
  'kind'?: "open"|"seek"|"step"|"truncate";
}
