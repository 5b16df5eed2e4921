// Original file: proto/kvtide/v1/worker.proto


export interface TierStats {
  'tier'?: (string);
  'budgetBytes'?: (number | string);
  'usedBytes'?: (number | string);
  'pages'?: (number | string);
  'hits'?: (number | string);
  'misses'?: (number | string);
  'corrupt'?: (number | string);
  'failed'?: (number | string);
  'evicted'?: (number | string);
  'loadedPages'?: (number | string);
  'loadedBytes'?: (number | string);
  'storedPages'?: (number | string);
  'storedBytes'?: (number | string);
}

export interface TierStats__Output {
  'tier': (string);
  'budgetBytes': (number);
  'usedBytes': (number);
  'pages': (number);
  'hits': (number);
  'misses': (number);
  'corrupt': (number);
  'failed': (number);
  'evicted': (number);
  'loadedPages': (number);
  'loadedBytes': (number);
  'storedPages': (number);
  'storedBytes': (number);
}
