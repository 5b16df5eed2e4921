// Original file: proto/kvtide/v1/coordinator.proto


export interface PinResponse {
  'blocks'?: (number);
}

export interface PinResponse__Output {
  'blocks': (number);
}
