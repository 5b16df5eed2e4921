// Original file: proto/kvtide/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface FlushResponse {
  'unflushedPages'?: (number | string | Long);
}

export interface FlushResponse__Output {
  'unflushedPages': (number);
}
