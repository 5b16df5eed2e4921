// Original file: proto/kvtide/v1/coordinator.proto


export interface PinRequest {
  'namespace'?: (string);
  'blocks'?: (Buffer | Uint8Array | string);
  'ttlMs'?: (number | string);
}

export interface PinRequest__Output {
  'namespace': (string);
  'blocks': (Buffer);
  'ttlMs': (number);
}
