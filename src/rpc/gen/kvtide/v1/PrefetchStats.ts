// Original file: proto/kvtide/v1/worker.proto


export interface PrefetchStats {
  'broughtBytes'?: (number | string);
  'usedBytes'?: (number | string);
  'unusedBytes'?: (number | string);
}

export interface PrefetchStats__Output {
  'broughtBytes': (number);
  'usedBytes': (number);
  'unusedBytes': (number);
}
