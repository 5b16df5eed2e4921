// Original file: proto/kvtide/v1/coordinator.proto


export interface ExtendSequenceRequest {
  'sequence'?: (string);
  'epoch'?: (number | string);
  'blocks'?: (Buffer | Uint8Array | string);
  'tokens'?: (number | string);
  'maxTokens'?: (number | string);
}

export interface ExtendSequenceRequest__Output {
  'sequence': (string);
  'epoch': (number);
  'blocks': (Buffer);
  'tokens': (number);
  'maxTokens': (number);
}
