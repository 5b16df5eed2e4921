// Original file: proto/kvtide/v1/coordinator.proto


export interface HeartbeatRequest {
  'worker'?: (string);
  'epoch'?: (number | string);
  'openSequences'?: (string)[];
  'shardsEpoch'?: (number | string);
  'keptPages'?: (number | string);
}

export interface HeartbeatRequest__Output {
  'worker': (string);
  'epoch': (number);
  'openSequences': (string)[];
  'shardsEpoch': (number);
  'keptPages': (number);
}
