import type { LanePut, SealedPage } from './lane.js';
import { answerPayload } from './laneAnswer.js';
import type { LaneQuestion } from './laneCall.js';
import { laneOps } from './laneOps.js';

/** Gives a page away, from where it lies. */
export function putPage({ id, view, checksum, blockIndex }: SealedPage): LaneQuestion<LanePut> {
  return {
    fields: { op: laneOps.put, block: id.block, layer: id.layer, checksum, blockIndex },
    parts: [view.k, view.v],
    begin: (header, done) => answerPayload(header, 'put', done),
    gone: (cause) => ({ kind: 'unavailable', cause }),
    refused: (retryAfterMs) => ({ kind: 'throttled', retryAfterMs }),
  };
}
