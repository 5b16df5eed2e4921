import { xxh64 } from '@node-rs/xxhash';
import { KvError } from '../core/errors.js';
import type { PageId } from '../core/pageId.js';
import type { PageView } from '../core/pageView.js';
import type { FramePayload } from './framePayload.js';
import type { LaneGet } from './lane.js';
import { answerPayload } from './laneAnswer.js';
import type { LaneQuestion } from './laneCall.js';
import type { FrameHeader } from './laneFrame.js';
import { laneOps } from './laneOps.js';

/** Asks for a page, to be put into `into`. */
export function getPage(id: PageId, into: PageView): LaneQuestion<LaneGet> {
  return {
    fields: { op: laneOps.get, block: id.block, layer: id.layer },
    parts: [],
    begin: (header, done) =>
      header.op === laneOps.page ? landPage(id, into, header, done) : answerPayload(header, 'get', done),
    gone: (cause) => ({ kind: 'unavailable', cause }),
    refused: (retryAfterMs) => ({ kind: 'throttled', retryAfterMs }),
  };
}

/** Each half is hashed as soon as it is whole, while its bytes are in the cache. */
function landPage(
  id: PageId,
  { k, v }: PageView,
  { block, layer, blockIndex, checksum, payloadBytes }: FrameHeader,
  done: (value: LaneGet) => void,
): FramePayload {
  if (block !== id.block || layer !== id.layer) {
    throw new KvError('invalid', `page ${id.block}/${id.layer} was asked for, and ${block}/${layer} came`);
  }
  if (payloadBytes !== k.length + v.length) {
    throw new KvError('invalid', `a page of ${payloadBytes} bytes came; it has ${k.length + v.length} here`);
  }
  let sum = 0n;
  return {
    parts: [k, v],
    landed: (part) => {
      sum = part === 0 ? xxh64(k) : xxh64(v, sum);
    },
    done: () => {
      if (sum === checksum) done({ kind: 'hit', blockIndex, checksum });
      else done({ kind: 'corrupt', reason: 'the bytes that arrived do not match their checksum' });
    },
  };
}
