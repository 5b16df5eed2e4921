// Original file: proto/kvtide/v1/coordinator.proto

import type { TensorDigest as _kvtide_v1_TensorDigest, TensorDigest__Output as _kvtide_v1_TensorDigest__Output } from '../../kvtide/v1/TensorDigest.js';

export interface ReadyRequest {
  'worker'?: (string);
  'epoch'?: (number | string);
  'tensors'?: (_kvtide_v1_TensorDigest)[];
  'livePages'?: (number | string);
  'tailPages'?: (number | string);
  'maxTokens'?: (number | string);
}

export interface ReadyRequest__Output {
  'worker': (string);
  'epoch': (number);
  'tensors': (_kvtide_v1_TensorDigest__Output)[];
  'livePages': (number);
  'tailPages': (number);
  'maxTokens': (number);
}
