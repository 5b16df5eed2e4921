// Original file: proto/kvtide/v1/types.proto


export interface SinksAndWindow {
  'sinkTokens'?: (number | string);
  'windowTokens'?: (number | string);
}

export interface SinksAndWindow__Output {
  'sinkTokens': (number);
  'windowTokens': (number);
}
