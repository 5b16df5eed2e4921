// Original file: proto/kvtide/v1/worker.proto

import type { PageHistory as _kvtide_v1_PageHistory, PageHistory__Output as _kvtide_v1_PageHistory__Output } from '../../kvtide/v1/PageHistory.js';

export interface ExplainResponse {
  'pages'?: (_kvtide_v1_PageHistory)[];
}

export interface ExplainResponse__Output {
  'pages': (_kvtide_v1_PageHistory__Output)[];
}
