// Original file: proto/kvtide/v1/coordinator.proto


export interface DrainWorkerResponse {
  'keptPages'?: (number | string);
  'done'?: (boolean);
  'openSequences'?: (number | string);
}

export interface DrainWorkerResponse__Output {
  'keptPages': (number);
  'done': (boolean);
  'openSequences': (number);
}
