// Original file: proto/kvtide/v1/worker.proto

import type { ShadowPolicy as _kvtide_v1_ShadowPolicy, ShadowPolicy__Output as _kvtide_v1_ShadowPolicy__Output } from '../../kvtide/v1/ShadowPolicy.js';
import type { MissRatio as _kvtide_v1_MissRatio, MissRatio__Output as _kvtide_v1_MissRatio__Output } from '../../kvtide/v1/MissRatio.js';
import type { ShadowWindow as _kvtide_v1_ShadowWindow, ShadowWindow__Output as _kvtide_v1_ShadowWindow__Output } from '../../kvtide/v1/ShadowWindow.js';

export interface Shadows {
  'rate'?: (number | string);
  'capacityBlocks'?: (number | string);
  'uses'?: (number | string);
  'liveHits'?: (number | string);
  'policies'?: (_kvtide_v1_ShadowPolicy)[];
  'missRatios'?: (_kvtide_v1_MissRatio)[];
  'window'?: (_kvtide_v1_ShadowWindow | null);
  'seconds'?: (number | string);
}

export interface Shadows__Output {
  'rate': (number);
  'capacityBlocks': (number);
  'uses': (number);
  'liveHits': (number);
  'policies': (_kvtide_v1_ShadowPolicy__Output)[];
  'missRatios': (_kvtide_v1_MissRatio__Output)[];
  'window': (_kvtide_v1_ShadowWindow__Output | null);
  'seconds': (number);
}
