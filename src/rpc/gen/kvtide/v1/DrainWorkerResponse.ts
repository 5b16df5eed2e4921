// Original file: proto/kvtide/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface DrainWorkerResponse {
  'keptPages'?: (number | string | Long);
  'done'?: (boolean);
}

export interface DrainWorkerResponse__Output {
  'keptPages': (number);
  'done': (boolean);
}
