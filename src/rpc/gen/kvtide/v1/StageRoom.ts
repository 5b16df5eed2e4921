// Original file: proto/kvtide/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface StageRoom {
  'stage'?: (number);
  'sequences'?: (number);
  'admittedBytes'?: (number | string | Long);
  'budgetBytes'?: (number | string | Long);
}

export interface StageRoom__Output {
  'stage': (number);
  'sequences': (number);
  'admittedBytes': (number);
  'budgetBytes': (number);
}
