// Original file: proto/kvtide/v1/coordinator.proto


export interface DrainWorkerRequest {
  'worker'?: (string);
}

export interface DrainWorkerRequest__Output {
  'worker': (string);
}
