// Original file: proto/kvtide/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface PinRequest {
  'namespace'?: (string);
  'blocks'?: (Buffer | Uint8Array | string);
  'ttlMs'?: (number | string | Long);
}

export interface PinRequest__Output {
  'namespace': (string);
  'blocks': (Buffer);
  'ttlMs': (number);
}
