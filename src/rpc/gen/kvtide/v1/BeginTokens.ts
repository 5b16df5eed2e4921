// Original file: proto/kvtide/v1/worker.proto


export interface BeginTokens {
  'position'?: (number | string);
  'tokens'?: (Buffer | Uint8Array | string);
}

export interface BeginTokens__Output {
  'position': (number);
  'tokens': (Buffer);
}
