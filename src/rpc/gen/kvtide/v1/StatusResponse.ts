// Original file: proto/kvtide/v1/coordinator.proto

import type { Protocol as _kvtide_v1_Protocol, Protocol__Output as _kvtide_v1_Protocol__Output } from '../../kvtide/v1/Protocol.js';
import type { DescribeResponse as _kvtide_v1_DescribeResponse, DescribeResponse__Output as _kvtide_v1_DescribeResponse__Output } from '../../kvtide/v1/DescribeResponse.js';
import type { StageRoom as _kvtide_v1_StageRoom, StageRoom__Output as _kvtide_v1_StageRoom__Output } from '../../kvtide/v1/StageRoom.js';

export interface StatusResponse {
  'protocol'?: (_kvtide_v1_Protocol | null);
  'cluster'?: (_kvtide_v1_DescribeResponse | null);
  'sequences'?: (number | string);
  'pinnedBlocks'?: (number | string);
  'indexedBlocks'?: (number | string);
  'metricsAddress'?: (string);
  'waiting'?: (number);
  'rooms'?: (_kvtide_v1_StageRoom)[];
}

export interface StatusResponse__Output {
  'protocol': (_kvtide_v1_Protocol__Output | null);
  'cluster': (_kvtide_v1_DescribeResponse__Output | null);
  'sequences': (number);
  'pinnedBlocks': (number);
  'indexedBlocks': (number);
  'metricsAddress': (string);
  'waiting': (number);
  'rooms': (_kvtide_v1_StageRoom__Output)[];
}
