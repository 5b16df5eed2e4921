// Original file: proto/kvtide/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface MissRatio {
  'capacityBlocks'?: (number | string | Long);
  'missRatio'?: (number | string);
}

export interface MissRatio__Output {
  'capacityBlocks': (number);
  'missRatio': (number);
}
