// Original file: proto/kvtide/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface AttendQueries {
  'layer'?: (number);
  'position'?: (number | string | Long);
  'tokens'?: (number);
  'rows'?: (number);
  'values'?: (Buffer | Uint8Array | string);
}

export interface AttendQueries__Output {
  'layer': (number);
  'position': (number);
  'tokens': (number);
  'rows': (number);
  'values': (Buffer);
}
