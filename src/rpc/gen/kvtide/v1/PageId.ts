// Original file: proto/kvtide/v1/types.proto


export interface PageId {
  'block'?: (Buffer | Uint8Array | string);
  'layer'?: (number);
}

export interface PageId__Output {
  'block': (Buffer);
  'layer': (number);
}
