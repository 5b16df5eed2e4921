// Original file: proto/kvtide/v1/worker.proto

import type { PageId as _kvtide_v1_PageId, PageId__Output as _kvtide_v1_PageId__Output } from '../../kvtide/v1/PageId.js';

export interface HasPagesRequest {
  'namespace'?: (string);
  'pages'?: (_kvtide_v1_PageId)[];
}

export interface HasPagesRequest__Output {
  'namespace': (string);
  'pages': (_kvtide_v1_PageId__Output)[];
}
