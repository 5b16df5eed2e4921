// Original file: proto/kvtide/v1/worker.proto


export interface ShadowPolicy {
  'name'?: (string);
  'hits'?: (number | string);
  'failed'?: (boolean);
}

export interface ShadowPolicy__Output {
  'name': (string);
  'hits': (number);
  'failed': (boolean);
}
