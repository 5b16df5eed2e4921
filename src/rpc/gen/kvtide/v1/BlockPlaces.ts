// Original file: proto/kvtide/v1/coordinator.proto

import type { BlockPlace as _kvtide_v1_BlockPlace, BlockPlace__Output as _kvtide_v1_BlockPlace__Output } from '../../kvtide/v1/BlockPlace.js';

export interface BlockPlaces {
  'places'?: (_kvtide_v1_BlockPlace)[];
}

export interface BlockPlaces__Output {
  'places': (_kvtide_v1_BlockPlace__Output)[];
}
