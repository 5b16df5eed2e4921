// Original file: proto/kvtide/v1/types.proto


export interface LayerRange {
  'from'?: (number);
  'to'?: (number);
}

export interface LayerRange__Output {
  'from': (number);
  'to': (number);
}
