// Original file: proto/kvtide/v1/coordinator.proto

import type { Protocol as _kvtide_v1_Protocol, Protocol__Output as _kvtide_v1_Protocol__Output } from '../../kvtide/v1/Protocol.js';

export interface DescribeRequest {
  'protocol'?: (_kvtide_v1_Protocol | null);
}

export interface DescribeRequest__Output {
  'protocol': (_kvtide_v1_Protocol__Output | null);
}
