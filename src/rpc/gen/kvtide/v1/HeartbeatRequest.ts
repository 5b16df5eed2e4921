// Original file: proto/kvtide/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface HeartbeatRequest {
  'worker'?: (string);
  'epoch'?: (number | string | Long);
  'openSequences'?: (string)[];
}

export interface HeartbeatRequest__Output {
  'worker': (string);
  'epoch': (number);
  'openSequences': (string)[];
}
