// Original file: proto/kvtide/v1/worker.proto

import type { OpenSequence as _kvtide_v1_OpenSequence, OpenSequence__Output as _kvtide_v1_OpenSequence__Output } from '../../kvtide/v1/OpenSequence.js';
import type { Seek as _kvtide_v1_Seek, Seek__Output as _kvtide_v1_Seek__Output } from '../../kvtide/v1/Seek.js';
import type { Truncate as _kvtide_v1_Truncate, Truncate__Output as _kvtide_v1_Truncate__Output } from '../../kvtide/v1/Truncate.js';
import type { FillBlocks as _kvtide_v1_FillBlocks, FillBlocks__Output as _kvtide_v1_FillBlocks__Output } from '../../kvtide/v1/FillBlocks.js';
import type { BeginTokens as _kvtide_v1_BeginTokens, BeginTokens__Output as _kvtide_v1_BeginTokens__Output } from '../../kvtide/v1/BeginTokens.js';
import type { AppendLayer as _kvtide_v1_AppendLayer, AppendLayer__Output as _kvtide_v1_AppendLayer__Output } from '../../kvtide/v1/AppendLayer.js';
import type { AttendLayer as _kvtide_v1_AttendLayer, AttendLayer__Output as _kvtide_v1_AttendLayer__Output } from '../../kvtide/v1/AttendLayer.js';

export interface AttentionRequest {
  'open'?: (_kvtide_v1_OpenSequence | null);
  'seek'?: (_kvtide_v1_Seek | null);
  'truncate'?: (_kvtide_v1_Truncate | null);
  'fill'?: (_kvtide_v1_FillBlocks | null);
  'begin'?: (_kvtide_v1_BeginTokens | null);
  'append'?: (_kvtide_v1_AppendLayer)[];
  'attend'?: (_kvtide_v1_AttendLayer | null);
  'end'?: (boolean);
  'data'?: (Buffer | Uint8Array | string);
}

export interface AttentionRequest__Output {
  'open': (_kvtide_v1_OpenSequence__Output | null);
  'seek': (_kvtide_v1_Seek__Output | null);
  'truncate': (_kvtide_v1_Truncate__Output | null);
  'fill': (_kvtide_v1_FillBlocks__Output | null);
  'begin': (_kvtide_v1_BeginTokens__Output | null);
  'append': (_kvtide_v1_AppendLayer__Output)[];
  'attend': (_kvtide_v1_AttendLayer__Output | null);
  'end': (boolean);
  'data': (Buffer);
}
