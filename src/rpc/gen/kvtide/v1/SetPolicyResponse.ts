// Original file: proto/kvtide/v1/worker.proto

import type { TierPolicy as _kvtide_v1_TierPolicy, TierPolicy__Output as _kvtide_v1_TierPolicy__Output } from '../../kvtide/v1/TierPolicy.js';

export interface SetPolicyResponse {
  'policies'?: (_kvtide_v1_TierPolicy)[];
}

export interface SetPolicyResponse__Output {
  'policies': (_kvtide_v1_TierPolicy__Output)[];
}
