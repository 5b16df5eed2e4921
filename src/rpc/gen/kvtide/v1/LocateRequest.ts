// Original file: proto/kvtide/v1/coordinator.proto


export interface LocateRequest {
  'namespace'?: (string);
  'blocks'?: (Buffer | Uint8Array | string);
}

export interface LocateRequest__Output {
  'namespace': (string);
  'blocks': (Buffer);
}
