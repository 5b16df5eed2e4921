// Original file: proto/kvtide/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface LookupResponse {
  'cachedBlocks'?: (number);
  'epoch'?: (number | string | Long);
}

export interface LookupResponse__Output {
  'cachedBlocks': (number);
  'epoch': (number);
}
