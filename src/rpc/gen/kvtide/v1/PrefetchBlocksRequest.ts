// Original file: proto/kvtide/v1/worker.proto


export interface PrefetchBlocksRequest {
  'namespace'?: (string);
  'blocks'?: (Buffer | Uint8Array | string);
}

export interface PrefetchBlocksRequest__Output {
  'namespace': (string);
  'blocks': (Buffer);
}
