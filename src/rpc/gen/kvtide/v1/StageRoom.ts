// Original file: proto/kvtide/v1/coordinator.proto


export interface StageRoom {
  'stage'?: (number);
  'sequences'?: (number);
  'admittedBytes'?: (number | string);
  'budgetBytes'?: (number | string);
}

export interface StageRoom__Output {
  'stage': (number);
  'sequences': (number);
  'admittedBytes': (number);
  'budgetBytes': (number);
}
