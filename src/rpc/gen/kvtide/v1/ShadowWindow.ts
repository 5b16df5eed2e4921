// Original file: proto/kvtide/v1/worker.proto

import type { Long } from '@grpc/proto-loader';

export interface ShadowWindow {
  'uses'?: (number | string | Long);
  'liveHits'?: (number | string | Long);
  'optimumHits'?: (number | string | Long);
}

export interface ShadowWindow__Output {
  'uses': (number);
  'liveHits': (number);
  'optimumHits': (number);
}
