// Original file: proto/kvtide/v1/worker.proto


export interface Seek {
  'blocks'?: (number);
}

export interface Seek__Output {
  'blocks': (number);
}
