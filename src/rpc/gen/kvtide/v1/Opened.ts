// Original file: proto/kvtide/v1/worker.proto


export interface Opened {
  'usableBlocks'?: (number);
}

export interface Opened__Output {
  'usableBlocks': (number);
}
