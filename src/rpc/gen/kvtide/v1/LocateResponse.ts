// Original file: proto/kvtide/v1/coordinator.proto

import type { BlockPlaces as _kvtide_v1_BlockPlaces, BlockPlaces__Output as _kvtide_v1_BlockPlaces__Output } from '../../kvtide/v1/BlockPlaces.js';

export interface LocateResponse {
  'epoch'?: (number | string);
  'blocks'?: (_kvtide_v1_BlockPlaces)[];
}

export interface LocateResponse__Output {
  'epoch': (number);
  'blocks': (_kvtide_v1_BlockPlaces__Output)[];
}
