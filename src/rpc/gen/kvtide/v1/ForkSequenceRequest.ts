// Original file: proto/kvtide/v1/coordinator.proto


export interface ForkSequenceRequest {
  'sequence'?: (string);
  'epoch'?: (number | string);
  'maxTokens'?: (number | string);
  'noWait'?: (boolean);
}

export interface ForkSequenceRequest__Output {
  'sequence': (string);
  'epoch': (number);
  'maxTokens': (number);
  'noWait': (boolean);
}
