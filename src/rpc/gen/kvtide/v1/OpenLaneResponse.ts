// Original file: proto/kvtide/v1/worker.proto

import type { LaneOffer as _kvtide_v1_LaneOffer, LaneOffer__Output as _kvtide_v1_LaneOffer__Output } from '../../kvtide/v1/LaneOffer.js';

export interface OpenLaneResponse {
  'ticket'?: (Buffer | Uint8Array | string);
  'ticketMs'?: (number);
  'offers'?: (_kvtide_v1_LaneOffer)[];
}

export interface OpenLaneResponse__Output {
  'ticket': (Buffer);
  'ticketMs': (number);
  'offers': (_kvtide_v1_LaneOffer__Output)[];
}
