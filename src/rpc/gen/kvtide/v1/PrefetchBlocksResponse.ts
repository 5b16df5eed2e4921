// Original file: proto/kvtide/v1/worker.proto


export interface PrefetchBlocksResponse {
  'raisedPages'?: (number);
  'herePages'?: (number);
  'missingPages'?: (number);
  'refusedPages'?: (number);
}

export interface PrefetchBlocksResponse__Output {
  'raisedPages': (number);
  'herePages': (number);
  'missingPages': (number);
  'refusedPages': (number);
}
