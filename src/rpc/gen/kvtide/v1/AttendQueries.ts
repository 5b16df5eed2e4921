// Original file: proto/kvtide/v1/worker.proto


export interface AttendQueries {
  'layer'?: (number);
  'position'?: (number | string);
  'tokens'?: (number);
  'rows'?: (number);
  'values'?: (Buffer | Uint8Array | string);
}

export interface AttendQueries__Output {
  'layer': (number);
  'position': (number);
  'tokens': (number);
  'rows': (number);
  'values': (Buffer);
}
