// Original file: proto/kvtide/v1/types.proto


export interface TopPages {
  'share'?: (number | string);
}

export interface TopPages__Output {
  'share': (number);
}
