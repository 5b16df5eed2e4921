// Original file: proto/kvtide/v1/worker.proto


export interface CopyProgress {
  'pagesTotal'?: (number | string);
  'pagesCopied'?: (number | string);
  'pagesPresent'?: (number | string);
  'pagesFailed'?: (number | string);
  'bytesCopied'?: (number | string);
  'lane'?: (string);
  'done'?: (boolean);
}

export interface CopyProgress__Output {
  'pagesTotal': (number);
  'pagesCopied': (number);
  'pagesPresent': (number);
  'pagesFailed': (number);
  'bytesCopied': (number);
  'lane': (string);
  'done': (boolean);
}
