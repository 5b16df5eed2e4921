// Original file: proto/kvtide/v1/worker.proto


export interface LaneStats {
  'peer'?: (string);
  'kind'?: (string);
  'openedHere'?: (boolean);
  'outPages'?: (number | string);
  'outBytes'?: (number | string);
  'inPages'?: (number | string);
  'inBytes'?: (number | string);
  'lentSlots'?: (number);
}

export interface LaneStats__Output {
  'peer': (string);
  'kind': (string);
  'openedHere': (boolean);
  'outPages': (number);
  'outBytes': (number);
  'inPages': (number);
  'inBytes': (number);
  'lentSlots': (number);
}
