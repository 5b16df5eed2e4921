// Original file: proto/kvtide/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface FillBlocks {
  'position'?: (number | string | Long);
  'tokens'?: (Buffer | Uint8Array | string);
}

export interface FillBlocks__Output {
  'position': (number);
  'tokens': (Buffer);
}
