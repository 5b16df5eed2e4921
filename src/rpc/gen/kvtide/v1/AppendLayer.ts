// Original file: proto/kvtide/v1/worker.proto


export interface AppendLayer {
  'layer'?: (number);
  'k'?: (Buffer | Uint8Array | string);
  'v'?: (Buffer | Uint8Array | string);
}

export interface AppendLayer__Output {
  'layer': (number);
  'k': (Buffer);
  'v': (Buffer);
}
