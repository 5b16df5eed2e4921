// Original file: proto/kvtide/v1/coordinator.proto


export interface ReleaseSequenceResponse {
}

export interface ReleaseSequenceResponse__Output {
}
