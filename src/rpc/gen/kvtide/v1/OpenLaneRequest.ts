// Original file: proto/kvtide/v1/worker.proto

import type { Protocol as _kvtide_v1_Protocol, Protocol__Output as _kvtide_v1_Protocol__Output } from '../../kvtide/v1/Protocol.js';

export interface OpenLaneRequest {
  'protocol'?: (_kvtide_v1_Protocol | null);
  'namespace'?: (string);
  'bootId'?: (string);
  'uid'?: (number);
  'name'?: (string);
}

export interface OpenLaneRequest__Output {
  'protocol': (_kvtide_v1_Protocol__Output | null);
  'namespace': (string);
  'bootId': (string);
  'uid': (number);
  'name': (string);
}
