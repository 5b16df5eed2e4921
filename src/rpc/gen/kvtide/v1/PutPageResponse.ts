// Original file: proto/kvtide/v1/worker.proto

import type { PageId as _kvtide_v1_PageId, PageId__Output as _kvtide_v1_PageId__Output } from '../../kvtide/v1/PageId.js';

export interface PutPageResponse {
  'page'?: (_kvtide_v1_PageId | null);
  'outcome'?: (string);
  'reason'?: (string);
  'retryAfterMs'?: (number);
}

export interface PutPageResponse__Output {
  'page': (_kvtide_v1_PageId__Output | null);
  'outcome': (string);
  'reason': (string);
  'retryAfterMs': (number);
}
