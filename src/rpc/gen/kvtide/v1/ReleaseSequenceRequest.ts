// Original file: proto/kvtide/v1/coordinator.proto


export interface ReleaseSequenceRequest {
  'sequence'?: (string);
}

export interface ReleaseSequenceRequest__Output {
  'sequence': (string);
}
