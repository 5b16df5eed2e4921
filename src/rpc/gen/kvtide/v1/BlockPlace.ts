// Original file: proto/kvtide/v1/coordinator.proto


export interface BlockPlace {
  'worker'?: (string);
  'pages'?: (number);
}

export interface BlockPlace__Output {
  'worker': (string);
  'pages': (number);
}
