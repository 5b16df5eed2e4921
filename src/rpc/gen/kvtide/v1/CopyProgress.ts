// Original file: proto/kvtide/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface CopyProgress {
  'pagesTotal'?: (number | string | Long);
  'pagesCopied'?: (number | string | Long);
  'pagesPresent'?: (number | string | Long);
  'pagesFailed'?: (number | string | Long);
  'bytesCopied'?: (number | string | Long);
  'lane'?: (string);
  'done'?: (boolean);
}

export interface CopyProgress__Output {
  'pagesTotal': (number);
  'pagesCopied': (number);
  'pagesPresent': (number);
  'pagesFailed': (number);
  'bytesCopied': (number);
  'lane': (string);
  'done': (boolean);
}
