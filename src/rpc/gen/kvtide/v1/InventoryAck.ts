// Original file: proto/kvtide/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface InventoryAck {
  'number'?: (number | string | Long);
  'resend'?: (boolean);
}

export interface InventoryAck__Output {
  'number': (number);
  'resend': (boolean);
}
