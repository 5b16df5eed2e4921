// Original file: proto/kvtide/v1/worker.proto


export interface StatsRequest {
}

export interface StatsRequest__Output {
}
