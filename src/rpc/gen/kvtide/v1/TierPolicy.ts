// Original file: proto/kvtide/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface TierPolicy {
  'tier'?: (string);
  'kind'?: (string);
  'name'?: (string);
  'failures'?: (number | string | Long);
}

export interface TierPolicy__Output {
  'tier': (string);
  'kind': (string);
  'name': (string);
  'failures': (number);
}
