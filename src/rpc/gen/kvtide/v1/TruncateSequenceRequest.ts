// Original file: proto/kvtide/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface TruncateSequenceRequest {
  'sequence'?: (string);
  'epoch'?: (number | string | Long);
  'tokens'?: (number | string | Long);
}

export interface TruncateSequenceRequest__Output {
  'sequence': (string);
  'epoch': (number);
  'tokens': (number);
}
