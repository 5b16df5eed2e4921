// Original file: proto/kvtide/v1/coordinator.proto


export interface LookupRequest {
  'namespace'?: (string);
  'blocks'?: (Buffer | Uint8Array | string);
}

export interface LookupRequest__Output {
  'namespace': (string);
  'blocks': (Buffer);
}
