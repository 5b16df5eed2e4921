// Original file: proto/kvtide/v1/worker.proto

import type { BlocksKept as _kvtide_v1_BlocksKept, BlocksKept__Output as _kvtide_v1_BlocksKept__Output } from '../../kvtide/v1/BlocksKept.js';
import type { AttendedQueries as _kvtide_v1_AttendedQueries, AttendedQueries__Output as _kvtide_v1_AttendedQueries__Output } from '../../kvtide/v1/AttendedQueries.js';

export interface AttendResponse {
  'kept'?: (_kvtide_v1_BlocksKept | null);
  'attended'?: (_kvtide_v1_AttendedQueries | null);
  'kind'?: "kept"|"attended";
}

export interface AttendResponse__Output {
  'kept'?: (_kvtide_v1_BlocksKept__Output | null);
  'attended'?: (_kvtide_v1_AttendedQueries__Output | null);
  'kind'?: "kept"|"attended";
}
