// Original file: proto/kvtide/v1/types.proto


export interface Protocol {
  'major'?: (number);
  'minor'?: (number);
  'build'?: (string);
}

export interface Protocol__Output {
  'major': (number);
  'minor': (number);
  'build': (string);
}
