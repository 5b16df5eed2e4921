// Original file: proto/kvtide/v1/worker.proto


export interface ShadowWindow {
  'uses'?: (number | string);
  'liveHits'?: (number | string);
  'optimumHits'?: (number | string);
}

export interface ShadowWindow__Output {
  'uses': (number);
  'liveHits': (number);
  'optimumHits': (number);
}
