// Original file: proto/kvtide/v1/worker.proto


export interface FlushRequest {
}

export interface FlushRequest__Output {
}
