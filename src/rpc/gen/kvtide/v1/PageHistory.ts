// Original file: proto/kvtide/v1/worker.proto

import type { PageEvent as _kvtide_v1_PageEvent, PageEvent__Output as _kvtide_v1_PageEvent__Output } from '../../kvtide/v1/PageEvent.js';

export interface PageHistory {
  'layer'?: (number);
  'tiers'?: (string)[];
  'live'?: (boolean);
  'events'?: (_kvtide_v1_PageEvent)[];
}

export interface PageHistory__Output {
  'layer': (number);
  'tiers': (string)[];
  'live': (boolean);
  'events': (_kvtide_v1_PageEvent__Output)[];
}
