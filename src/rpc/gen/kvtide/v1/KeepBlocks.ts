// Original file: proto/kvtide/v1/worker.proto


export interface KeepBlocks {
  'firstBlock'?: (number);
  'blocks'?: (Buffer | Uint8Array | string);
}

export interface KeepBlocks__Output {
  'firstBlock': (number);
  'blocks': (Buffer);
}
