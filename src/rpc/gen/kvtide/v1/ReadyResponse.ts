// Original file: proto/kvtide/v1/coordinator.proto


export interface ReadyResponse {
  'epoch'?: (number | string);
}

export interface ReadyResponse__Output {
  'epoch': (number);
}
