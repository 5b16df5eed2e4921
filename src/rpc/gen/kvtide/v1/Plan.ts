// Original file: proto/kvtide/v1/types.proto

import type { StagePlan as _kvtide_v1_StagePlan, StagePlan__Output as _kvtide_v1_StagePlan__Output } from '../../kvtide/v1/StagePlan.js';

export interface Plan {
  'sequence'?: (string);
  'epoch'?: (number | string);
  'stages'?: (_kvtide_v1_StagePlan)[];
}

export interface Plan__Output {
  'sequence': (string);
  'epoch': (number);
  'stages': (_kvtide_v1_StagePlan__Output)[];
}
