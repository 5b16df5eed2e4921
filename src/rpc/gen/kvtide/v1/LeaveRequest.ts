// Original file: proto/kvtide/v1/coordinator.proto


export interface LeaveRequest {
  'worker'?: (string);
}

export interface LeaveRequest__Output {
  'worker': (string);
}
