// Original file: proto/kvtide/v1/worker.proto


export interface TierPolicy {
  'tier'?: (string);
  'kind'?: (string);
  'name'?: (string);
  'failures'?: (number | string);
}

export interface TierPolicy__Output {
  'tier': (string);
  'kind': (string);
  'name': (string);
  'failures': (number);
}
