// Original file: proto/kvtide/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface BeginTokens {
  'position'?: (number | string | Long);
  'tokens'?: (Buffer | Uint8Array | string);
}

export interface BeginTokens__Output {
  'position': (number);
  'tokens': (Buffer);
}
