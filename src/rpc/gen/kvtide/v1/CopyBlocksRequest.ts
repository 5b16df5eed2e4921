// Original file: proto/kvtide/v1/worker.proto


export interface CopyBlocksRequest {
  'namespace'?: (string);
  'source'?: (string);
  'address'?: (string);
  'blocks'?: (Buffer | Uint8Array | string);
}

export interface CopyBlocksRequest__Output {
  'namespace': (string);
  'source': (string);
  'address': (string);
  'blocks': (Buffer);
}
