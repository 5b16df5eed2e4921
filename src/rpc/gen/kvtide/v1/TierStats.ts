// Original file: proto/kvtide/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface TierStats {
  'tier'?: (string);
  'budgetBytes'?: (number | string | Long);
  'usedBytes'?: (number | string | Long);
  'pages'?: (number | string | Long);
  'hits'?: (number | string | Long);
  'misses'?: (number | string | Long);
  'corrupt'?: (number | string | Long);
  'failed'?: (number | string | Long);
  'evicted'?: (number | string | Long);
  'loadedPages'?: (number | string | Long);
  'loadedBytes'?: (number | string | Long);
  'storedPages'?: (number | string | Long);
  'storedBytes'?: (number | string | Long);
}

export interface TierStats__Output {
  'tier': (string);
  'budgetBytes': (number);
  'usedBytes': (number);
  'pages': (number);
  'hits': (number);
  'misses': (number);
  'corrupt': (number);
  'failed': (number);
  'evicted': (number);
  'loadedPages': (number);
  'loadedBytes': (number);
  'storedPages': (number);
  'storedBytes': (number);
}
