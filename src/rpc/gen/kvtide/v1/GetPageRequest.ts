// Original file: proto/kvtide/v1/worker.proto

import type { Protocol as _kvtide_v1_Protocol, Protocol__Output as _kvtide_v1_Protocol__Output } from '../../kvtide/v1/Protocol.js';
import type { PageId as _kvtide_v1_PageId, PageId__Output as _kvtide_v1_PageId__Output } from '../../kvtide/v1/PageId.js';

export interface GetPageRequest {
  'protocol'?: (_kvtide_v1_Protocol | null);
  'namespace'?: (string);
  'page'?: (_kvtide_v1_PageId | null);
  'partBytes'?: (number);
}

export interface GetPageRequest__Output {
  'protocol': (_kvtide_v1_Protocol__Output | null);
  'namespace': (string);
  'page': (_kvtide_v1_PageId__Output | null);
  'partBytes': (number);
}
