// Original file: proto/kvtide/v1/worker.proto


export interface LinkStats {
  'name'?: (string);
  'bytesPerSecond'?: (number | string);
  'latencyUs'?: (number);
  'crossedBytes'?: (number | string);
  'copyMs'?: (number | string);
}

export interface LinkStats__Output {
  'name': (string);
  'bytesPerSecond': (number);
  'latencyUs': (number);
  'crossedBytes': (number);
  'copyMs': (number);
}
