// Original file: proto/kvtide/v1/worker.proto


export interface RemoveBlocksResponse {
  'removedPages'?: (number);
  'heldPages'?: (number);
}

export interface RemoveBlocksResponse__Output {
  'removedPages': (number);
  'heldPages': (number);
}
