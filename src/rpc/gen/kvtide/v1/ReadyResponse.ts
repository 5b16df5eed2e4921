// Original file: proto/kvtide/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface ReadyResponse {
  'epoch'?: (number | string | Long);
}

export interface ReadyResponse__Output {
  'epoch': (number);
}
