// Original file: proto/kvtide/v1/types.proto


export interface ByTier {
  'device'?: (number | string);
  'pinned'?: (number | string);
  'disk'?: (number | string);
}

export interface ByTier__Output {
  'device': (number);
  'pinned': (number);
  'disk': (number);
}
