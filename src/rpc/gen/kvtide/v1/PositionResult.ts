// Original file: proto/kvtide/v1/worker.proto


export interface PositionResult {
  'topIds'?: (number)[];
  'topLogits'?: (number | string)[];
  'logsumexp'?: (number | string);
  'logits'?: (Buffer | Uint8Array | string);
}

export interface PositionResult__Output {
  'topIds': (number)[];
  'topLogits': (number)[];
  'logsumexp': (number);
  'logits': (Buffer);
}
