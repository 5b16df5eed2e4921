// Original file: proto/kvtide/v1/coordinator.proto


export interface TruncateSequenceRequest {
  'sequence'?: (string);
  'epoch'?: (number | string);
  'tokens'?: (number | string);
}

export interface TruncateSequenceRequest__Output {
  'sequence': (string);
  'epoch': (number);
  'tokens': (number);
}
