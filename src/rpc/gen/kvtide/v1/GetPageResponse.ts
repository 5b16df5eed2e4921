// Original file: proto/kvtide/v1/worker.proto

import type { PageId as _kvtide_v1_PageId, PageId__Output as _kvtide_v1_PageId__Output } from '../../kvtide/v1/PageId.js';

export interface GetPageResponse {
  'page'?: (_kvtide_v1_PageId | null);
  'outcome'?: (string);
  'checksum'?: (Buffer | Uint8Array | string);
  'k'?: (Buffer | Uint8Array | string);
  'v'?: (Buffer | Uint8Array | string);
  'blockIndex'?: (number);
  'data'?: (Buffer | Uint8Array | string);
  'more'?: (boolean);
  'reason'?: (string);
  'retryAfterMs'?: (number);
}

export interface GetPageResponse__Output {
  'page': (_kvtide_v1_PageId__Output | null);
  'outcome': (string);
  'checksum': (Buffer);
  'k': (Buffer);
  'v': (Buffer);
  'blockIndex': (number);
  'data': (Buffer);
  'more': (boolean);
  'reason': (string);
  'retryAfterMs': (number);
}
