// Original file: proto/kvtide/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface ExtendSequenceRequest {
  'sequence'?: (string);
  'epoch'?: (number | string | Long);
  'blocks'?: (Buffer | Uint8Array | string);
  'tokens'?: (number | string | Long);
  'maxTokens'?: (number | string | Long);
}

export interface ExtendSequenceRequest__Output {
  'sequence': (string);
  'epoch': (number);
  'blocks': (Buffer);
  'tokens': (number);
  'maxTokens': (number);
}
