// Original file: proto/kvtide/v1/worker.proto


export interface FillBlocks {
  'position'?: (number | string);
  'tokens'?: (Buffer | Uint8Array | string);
}

export interface FillBlocks__Output {
  'position': (number);
  'tokens': (Buffer);
}
