// Original file: proto/kvtide/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface ForkSequenceRequest {
  'sequence'?: (string);
  'epoch'?: (number | string | Long);
  'maxTokens'?: (number | string | Long);
  'noWait'?: (boolean);
}

export interface ForkSequenceRequest__Output {
  'sequence': (string);
  'epoch': (number);
  'maxTokens': (number);
  'noWait': (boolean);
}
