// Original file: proto/kvtide/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface HeartbeatRequest {
  'worker'?: (string);
  'epoch'?: (number | string | Long);
  'openSequences'?: (string)[];
  'shardsEpoch'?: (number | string | Long);
  'keptPages'?: (number | string | Long);
}

export interface HeartbeatRequest__Output {
  'worker': (string);
  'epoch': (number);
  'openSequences': (string)[];
  'shardsEpoch': (number);
  'keptPages': (number);
}
