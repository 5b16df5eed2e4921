// Original file: proto/kvtide/v1/coordinator.proto


export interface MoveProgress {
  'pagesTotal'?: (number | string);
  'pagesCopied'?: (number | string);
  'pagesPresent'?: (number | string);
  'pagesFailed'?: (number | string);
  'bytesCopied'?: (number | string);
  'pagesRemoved'?: (number | string);
  'lane'?: (string);
  'done'?: (boolean);
}

export interface MoveProgress__Output {
  'pagesTotal': (number);
  'pagesCopied': (number);
  'pagesPresent': (number);
  'pagesFailed': (number);
  'bytesCopied': (number);
  'pagesRemoved': (number);
  'lane': (string);
  'done': (boolean);
}
