// Original file: proto/kvtide/v1/types.proto

import type { Long } from '@grpc/proto-loader';

export interface SinksAndWindow {
  'sinkTokens'?: (number | string | Long);
  'windowTokens'?: (number | string | Long);
}

export interface SinksAndWindow__Output {
  'sinkTokens': (number);
  'windowTokens': (number);
}
