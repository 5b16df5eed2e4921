// Original file: proto/kvtide/v1/worker.proto

import type { PrefixCosts as _kvtide_v1_PrefixCosts, PrefixCosts__Output as _kvtide_v1_PrefixCosts__Output } from '../../kvtide/v1/PrefixCosts.js';

export interface Opened {
  'usableBlocks'?: (number);
  'costs'?: (_kvtide_v1_PrefixCosts | null);
}

export interface Opened__Output {
  'usableBlocks': (number);
  'costs': (_kvtide_v1_PrefixCosts__Output | null);
}
