// Original file: proto/kvtide/v1/worker.proto


export interface OpenedAttention {
  'usableBlocks'?: (number);
  'heads'?: (number);
}

export interface OpenedAttention__Output {
  'usableBlocks': (number);
  'heads': (number);
}
