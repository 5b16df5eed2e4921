// Original file: proto/kvtide/v1/types.proto

import type { Long } from '@grpc/proto-loader';

export interface ByTier {
  'device'?: (number | string | Long);
  'pinned'?: (number | string | Long);
  'disk'?: (number | string | Long);
}

export interface ByTier__Output {
  'device': (number);
  'pinned': (number);
  'disk': (number);
}
