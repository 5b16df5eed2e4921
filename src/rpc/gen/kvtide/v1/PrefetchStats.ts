// Original file: proto/kvtide/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface PrefetchStats {
  'broughtBytes'?: (number | string | Long);
  'usedBytes'?: (number | string | Long);
  'unusedBytes'?: (number | string | Long);
}

export interface PrefetchStats__Output {
  'broughtBytes': (number);
  'usedBytes': (number);
  'unusedBytes': (number);
}
