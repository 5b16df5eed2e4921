// Original file: proto/kvtide/v1/worker.proto


export interface Truncate {
  'tokens'?: (number | string);
}

export interface Truncate__Output {
  'tokens': (number);
}
