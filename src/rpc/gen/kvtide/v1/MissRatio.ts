// Original file: proto/kvtide/v1/worker.proto


export interface MissRatio {
  'capacityBlocks'?: (number | string);
  'missRatio'?: (number | string);
}

export interface MissRatio__Output {
  'capacityBlocks': (number);
  'missRatio': (number);
}
