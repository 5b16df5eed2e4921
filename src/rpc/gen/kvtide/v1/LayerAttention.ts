// Original file: proto/kvtide/v1/types.proto


export interface LayerAttention {
  'window'?: (number);
  'rope'?: (boolean);
}

export interface LayerAttention__Output {
  'window': (number);
  'rope': (boolean);
}
