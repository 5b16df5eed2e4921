// Original file: proto/kvtide/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface HeartbeatResponse {
  'epoch'?: (number | string | Long);
  'pinsChanged'?: (boolean);
  'pinnedBlocks'?: (Buffer | Uint8Array | string);
}

export interface HeartbeatResponse__Output {
  'epoch': (number);
  'pinsChanged': (boolean);
  'pinnedBlocks': (Buffer);
}
