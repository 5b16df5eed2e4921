// Original file: proto/kvtide/v1/worker.proto


export interface BlocksKept {
  'kept'?: (boolean);
}

export interface BlocksKept__Output {
  'kept': (boolean);
}
