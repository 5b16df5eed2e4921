// Original file: proto/kvtide/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface LinkStats {
  'name'?: (string);
  'bytesPerSecond'?: (number | string);
  'latencyUs'?: (number);
  'crossedBytes'?: (number | string | Long);
  'copyMs'?: (number | string);
}

export interface LinkStats__Output {
  'name': (string);
  'bytesPerSecond': (number);
  'latencyUs': (number);
  'crossedBytes': (number);
  'copyMs': (number);
}
