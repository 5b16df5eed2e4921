// Original file: proto/kvtide/v1/worker.proto


export interface HasPagesResponse {
  'has'?: (boolean)[];
}

export interface HasPagesResponse__Output {
  'has': (boolean)[];
}
