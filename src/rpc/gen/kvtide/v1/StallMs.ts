// Original file: proto/kvtide/v1/worker.proto


export interface StallMs {
  'disk'?: (number | string);
  'pinned'?: (number | string);
  'link'?: (number | string);
  'lane'?: (number | string);
  'peer'?: (number | string);
  'slot'?: (number | string);
  'queue'?: (number | string);
}

export interface StallMs__Output {
  'disk': (number);
  'pinned': (number);
  'link': (number);
  'lane': (number);
  'peer': (number);
  'slot': (number);
  'queue': (number);
}
