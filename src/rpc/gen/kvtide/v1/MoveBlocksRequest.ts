// Original file: proto/kvtide/v1/coordinator.proto


export interface MoveBlocksRequest {
  'namespace'?: (string);
  'from'?: (string);
  'to'?: (string);
  'blocks'?: (Buffer | Uint8Array | string);
  'migrate'?: (boolean);
}

export interface MoveBlocksRequest__Output {
  'namespace': (string);
  'from': (string);
  'to': (string);
  'blocks': (Buffer);
  'migrate': (boolean);
}
