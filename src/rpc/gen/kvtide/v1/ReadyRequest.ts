// Original file: proto/kvtide/v1/coordinator.proto

import type { TensorDigest as _kvtide_v1_TensorDigest, TensorDigest__Output as _kvtide_v1_TensorDigest__Output } from '../../kvtide/v1/TensorDigest.js';
import type { Long } from '@grpc/proto-loader';

export interface ReadyRequest {
  'worker'?: (string);
  'epoch'?: (number | string | Long);
  'tensors'?: (_kvtide_v1_TensorDigest)[];
  'livePages'?: (number | string | Long);
  'tailPages'?: (number | string | Long);
  'maxTokens'?: (number | string | Long);
}

export interface ReadyRequest__Output {
  'worker': (string);
  'epoch': (number);
  'tensors': (_kvtide_v1_TensorDigest__Output)[];
  'livePages': (number);
  'tailPages': (number);
  'maxTokens': (number);
}
