// Original file: proto/kvtide/v1/types.proto


export interface ShardPlan {
  'worker'?: (string);
  'address'?: (string);
}

export interface ShardPlan__Output {
  'worker': (string);
  'address': (string);
}
