// Original file: proto/kvtide/v1/worker.proto


export interface DropBlocks {
  'firstBlock'?: (number);
  'endBlock'?: (number);
}

export interface DropBlocks__Output {
  'firstBlock': (number);
  'endBlock': (number);
}
