// Original file: proto/kvtide/v1/worker.proto


export interface Step {
  'number'?: (number | string);
  'position'?: (number | string);
  'tokens'?: (Buffer | Uint8Array | string);
  'hidden'?: (Buffer | Uint8Array | string);
  'topLogits'?: (number);
  'allLogits'?: (boolean);
  'everyPosition'?: (boolean);
}

export interface Step__Output {
  'number': (number);
  'position': (number);
  'tokens': (Buffer);
  'hidden': (Buffer);
  'topLogits': (number);
  'allLogits': (boolean);
  'everyPosition': (boolean);
}
