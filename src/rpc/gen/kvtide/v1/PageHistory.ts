// Original file: proto/kvtide/v1/worker.proto


export interface PageHistory {
  'layer'?: (number);
  'tiers'?: (string)[];
  'live'?: (boolean);
  'events'?: (string)[];
}

export interface PageHistory__Output {
  'layer': (number);
  'tiers': (string)[];
  'live': (boolean);
  'events': (string)[];
}
