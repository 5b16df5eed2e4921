// Original file: proto/kvtide/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface Truncate {
  'tokens'?: (number | string | Long);
}

export interface Truncate__Output {
  'tokens': (number);
}
