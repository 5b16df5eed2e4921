// Original file: proto/kvtide/v1/worker.proto


export interface PageEvent {
  'atMs'?: (number | string);
  'text'?: (string);
}

export interface PageEvent__Output {
  'atMs': (number);
  'text': (string);
}
