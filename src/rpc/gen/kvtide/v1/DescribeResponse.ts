// Original file: proto/kvtide/v1/coordinator.proto

import type { Protocol as _kvtide_v1_Protocol, Protocol__Output as _kvtide_v1_Protocol__Output } from '../../kvtide/v1/Protocol.js';
import type { Geometry as _kvtide_v1_Geometry, Geometry__Output as _kvtide_v1_Geometry__Output } from '../../kvtide/v1/Geometry.js';
import type { WorkerStatus as _kvtide_v1_WorkerStatus, WorkerStatus__Output as _kvtide_v1_WorkerStatus__Output } from '../../kvtide/v1/WorkerStatus.js';

export interface DescribeResponse {
  'protocol'?: (_kvtide_v1_Protocol | null);
  'ready'?: (boolean);
  'waitingFor'?: (string);
  'fingerprint'?: (string);
  'namespace'?: (string);
  'geometry'?: (_kvtide_v1_Geometry | null);
  'epoch'?: (number | string);
  'workers'?: (_kvtide_v1_WorkerStatus)[];
  'maxTokens'?: (number | string);
  'sealedKeys'?: (boolean);
}

export interface DescribeResponse__Output {
  'protocol': (_kvtide_v1_Protocol__Output | null);
  'ready': (boolean);
  'waitingFor': (string);
  'fingerprint': (string);
  'namespace': (string);
  'geometry': (_kvtide_v1_Geometry__Output | null);
  'epoch': (number);
  'workers': (_kvtide_v1_WorkerStatus__Output)[];
  'maxTokens': (number);
  'sealedKeys': (boolean);
}
