// Original file: proto/kvtide/v1/worker.proto


export interface SetPolicyRequest {
  'kind'?: (string);
  'name'?: (string);
}

export interface SetPolicyRequest__Output {
  'kind': (string);
  'name': (string);
}
