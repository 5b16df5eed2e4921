// Original file: proto/kvtide/v1/worker.proto


export interface LaneOffer {
  'kind'?: (string);
  'address'?: (string);
}

export interface LaneOffer__Output {
  'kind': (string);
  'address': (string);
}
