// Original file: proto/kvtide/v1/coordinator.proto

import type { Protocol as _kvtide_v1_Protocol, Protocol__Output as _kvtide_v1_Protocol__Output } from '../../kvtide/v1/Protocol.js';

export interface CreateSequenceRequest {
  'protocol'?: (_kvtide_v1_Protocol | null);
  'namespace'?: (string);
  'blocks'?: (Buffer | Uint8Array | string);
  'tokens'?: (number | string);
  'maxTokens'?: (number | string);
  'noWait'?: (boolean);
}

export interface CreateSequenceRequest__Output {
  'protocol': (_kvtide_v1_Protocol__Output | null);
  'namespace': (string);
  'blocks': (Buffer);
  'tokens': (number);
  'maxTokens': (number);
  'noWait': (boolean);
}
