// Original file: proto/kvtide/v1/worker.proto

import type { Protocol as _kvtide_v1_Protocol, Protocol__Output as _kvtide_v1_Protocol__Output } from '../../kvtide/v1/Protocol.js';
import type { PageId as _kvtide_v1_PageId, PageId__Output as _kvtide_v1_PageId__Output } from '../../kvtide/v1/PageId.js';

export interface PutPageRequest {
  'protocol'?: (_kvtide_v1_Protocol | null);
  'namespace'?: (string);
  'page'?: (_kvtide_v1_PageId | null);
  'checksum'?: (Buffer | Uint8Array | string);
  'k'?: (Buffer | Uint8Array | string);
  'v'?: (Buffer | Uint8Array | string);
  'blockIndex'?: (number);
  'data'?: (Buffer | Uint8Array | string);
  'more'?: (boolean);
}

export interface PutPageRequest__Output {
  'protocol': (_kvtide_v1_Protocol__Output | null);
  'namespace': (string);
  'page': (_kvtide_v1_PageId__Output | null);
  'checksum': (Buffer);
  'k': (Buffer);
  'v': (Buffer);
  'blockIndex': (number);
  'data': (Buffer);
  'more': (boolean);
}
