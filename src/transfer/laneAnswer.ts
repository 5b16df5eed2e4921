import { KvError } from '../core/errors.js';
import { collectPayload, type FramePayload } from './framePayload.js';
import type { LaneGet, LanePut, LaneTrouble } from './lane.js';
import type { FrameHeader } from './laneFrame.js';
import { answerName, laneOpName, laneOps } from './laneOps.js';
import { laneTextBytesMax } from './lanePayloads.js';

/** What an `answer` can say to each question. */
interface Outcomes {
  readonly get: Exclude<LaneGet, { kind: 'hit' }>;
  readonly put: LanePut;
}

/**
 * Takes an `answer` frame and reads it as the outcome of a question.
 * @throws KvError `invalid` when the frame is no answer to such a question.
 */
export function answerPayload<Q extends keyof Outcomes>(
  header: FrameHeader,
  question: Q,
  done: (value: Outcomes[Q]) => void,
): FramePayload {
  const { op, payloadBytes } = header;
  if (op !== laneOps.answer || payloadBytes > laneTextBytesMax) throw noAnswer(header, question);
  const read: (header: FrameHeader, reason: string) => Outcomes[Q] | null = readers[question];
  if (read(header, '') === null) throw noAnswer(header, question);
  return collectPayload(payloadBytes, (bytes) => {
    const outcome = read(header, bytes.toString('utf8'));
    if (outcome !== null) done(outcome);
  });
}

const readers: {
  readonly [Q in keyof Outcomes]: (header: FrameHeader, reason: string) => Outcomes[Q] | null;
} = {
  get: (header, reason) => {
    const name = answerName(header.code);
    if (name === 'miss') return { kind: name };
    if (name === 'corrupt') return { kind: name, reason };
    return trouble(header, reason);
  },
  put: (header, reason) => {
    const name = answerName(header.code);
    if (name === 'stored' || name === 'present' || name === 'full') return { kind: name };
    if (name === 'corrupt') return { kind: name, reason };
    return trouble(header, reason);
  },
};

/** Also for the answers to questions of extensions; null when it is none of these. */
export function trouble({ code, blockIndex }: FrameHeader, reason: string): LaneTrouble | null {
  const name = answerName(code);
  if (name === 'throttled') return { kind: name, retryAfterMs: blockIndex };
  if (name === 'failed')
    return { kind: 'unavailable', cause: new KvError('internal', reason || 'it failed there') };
  return null;
}

function noAnswer({ op, code, payloadBytes }: FrameHeader, question: string): KvError {
  return new KvError(
    'invalid',
    `${laneOpName(op)} with code ${code} and ${payloadBytes} bytes is no answer to ${question}`,
  );
}
