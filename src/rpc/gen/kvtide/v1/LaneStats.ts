// Original file: proto/kvtide/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface LaneStats {
  'peer'?: (string);
  'kind'?: (string);
  'openedHere'?: (boolean);
  'outPages'?: (number | string | Long);
  'outBytes'?: (number | string | Long);
  'inPages'?: (number | string | Long);
  'inBytes'?: (number | string | Long);
  'lentSlots'?: (number);
}

export interface LaneStats__Output {
  'peer': (string);
  'kind': (string);
  'openedHere': (boolean);
  'outPages': (number);
  'outBytes': (number);
  'inPages': (number);
  'inBytes': (number);
  'lentSlots': (number);
}
