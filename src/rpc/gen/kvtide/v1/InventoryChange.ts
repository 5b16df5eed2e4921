// Original file: proto/kvtide/v1/coordinator.proto

import type { Protocol as _kvtide_v1_Protocol, Protocol__Output as _kvtide_v1_Protocol__Output } from '../../kvtide/v1/Protocol.js';
import type { PageId as _kvtide_v1_PageId, PageId__Output as _kvtide_v1_PageId__Output } from '../../kvtide/v1/PageId.js';

export interface InventoryChange {
  'protocol'?: (_kvtide_v1_Protocol | null);
  'worker'?: (string);
  'number'?: (number | string);
  'whole'?: (boolean);
  'added'?: (_kvtide_v1_PageId)[];
  'removed'?: (_kvtide_v1_PageId)[];
  'more'?: (boolean);
}

export interface InventoryChange__Output {
  'protocol': (_kvtide_v1_Protocol__Output | null);
  'worker': (string);
  'number': (number);
  'whole': (boolean);
  'added': (_kvtide_v1_PageId__Output)[];
  'removed': (_kvtide_v1_PageId__Output)[];
  'more': (boolean);
}
