// Original file: proto/kvtide/v1/worker.proto


export interface FlushResponse {
}

export interface FlushResponse__Output {
}
