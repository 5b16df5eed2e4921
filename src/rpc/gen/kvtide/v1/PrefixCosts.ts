// Original file: proto/kvtide/v1/worker.proto


export interface PrefixCosts {
  'lengths'?: (number)[];
  'loadMs'?: (number | string)[];
  'recomputeMsPerBlock'?: (number | string);
}

export interface PrefixCosts__Output {
  'lengths': (number)[];
  'loadMs': (number)[];
  'recomputeMsPerBlock': (number);
}
