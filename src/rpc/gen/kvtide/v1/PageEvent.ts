// Original file: proto/kvtide/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface PageEvent {
  'atMs'?: (number | string | Long);
  'text'?: (string);
}

export interface PageEvent__Output {
  'atMs': (number);
  'text': (string);
}
