// Original file: proto/kvtide/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface TreeNode {
  'level'?: (number);
  'index'?: (number | string | Long);
}

export interface TreeNode__Output {
  'level': (number);
  'index': (number);
}
