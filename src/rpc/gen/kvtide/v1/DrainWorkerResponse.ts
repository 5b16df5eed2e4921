// Original file: proto/kvtide/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface DrainWorkerResponse {
  'keptPages'?: (number | string | Long);
  'done'?: (boolean);
  'openSequences'?: (number | string | Long);
}

export interface DrainWorkerResponse__Output {
  'keptPages': (number);
  'done': (boolean);
  'openSequences': (number);
}
