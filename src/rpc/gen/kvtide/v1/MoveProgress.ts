// Original file: proto/kvtide/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface MoveProgress {
  'pagesTotal'?: (number | string | Long);
  'pagesCopied'?: (number | string | Long);
  'pagesPresent'?: (number | string | Long);
  'pagesFailed'?: (number | string | Long);
  'bytesCopied'?: (number | string | Long);
  'pagesRemoved'?: (number | string | Long);
  'lane'?: (string);
  'done'?: (boolean);
}

export interface MoveProgress__Output {
  'pagesTotal': (number);
  'pagesCopied': (number);
  'pagesPresent': (number);
  'pagesFailed': (number);
  'bytesCopied': (number);
  'pagesRemoved': (number);
  'lane': (string);
  'done': (boolean);
}
