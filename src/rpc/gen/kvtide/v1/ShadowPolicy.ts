// Original file: proto/kvtide/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface ShadowPolicy {
  'name'?: (string);
  'hits'?: (number | string | Long);
  'failed'?: (boolean);
}

export interface ShadowPolicy__Output {
  'name': (string);
  'hits': (number);
  'failed': (boolean);
}
