// Original file: proto/kvtide/v1/worker.proto


export interface Seek {
  'blocks'?: (number);
  'lengths'?: (number)[];
}

export interface Seek__Output {
  'blocks': (number);
  'lengths': (number)[];
}
