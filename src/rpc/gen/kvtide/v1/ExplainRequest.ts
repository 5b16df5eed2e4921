// Original file: proto/kvtide/v1/worker.proto


export interface ExplainRequest {
  'namespace'?: (string);
  'block'?: (Buffer | Uint8Array | string);
}

export interface ExplainRequest__Output {
  'namespace': (string);
  'block': (Buffer);
}
