// Original file: proto/kvtide/v1/types.proto


export interface HeavyHitters {
  'share'?: (number | string);
}

export interface HeavyHitters__Output {
  'share': (number);
}
