// Original file: proto/kvtide/v1/worker.proto


export interface RemoveBlocksRequest {
  'namespace'?: (string);
  'blocks'?: (Buffer | Uint8Array | string);
}

export interface RemoveBlocksRequest__Output {
  'namespace': (string);
  'blocks': (Buffer);
}
