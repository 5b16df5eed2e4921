// Original file: proto/kvtide/v1/worker.proto


export interface FlushResponse {
  'unflushedPages'?: (number | string);
}

export interface FlushResponse__Output {
  'unflushedPages': (number);
}
