import { KvError } from '../core/errors.js';
import { AttachedMemory } from './attachedMemory.js';
import { collectPayload } from './framePayload.js';
import { trouble } from './laneAnswer.js';
import type { LaneQuestion } from './laneCall.js';
import type { LaneLink } from './laneLink.js';
import { laneOpName, laneOps } from './laneOps.js';
import { laneTextBytesMax } from './lanePayloads.js';
import { attachCodes, readSegments, segmentsBytes } from './sharedPayloads.js';

type Attached =
  | { readonly kind: 'answered'; readonly payload: Buffer }
  | { readonly kind: 'refused'; readonly cause: KvError };

/**
 * Maps the memory that the other side of a connection shares, and tells it so.
 * @throws KvError `unsupported` or what the other side says; the connection is then of no more use
 */
export async function attachMemory(link: LaneLink, halfBytes: number): Promise<AttachedMemory> {
  const memory = AttachedMemory.open(
    readSegments(await ask(link, attachCodes.ask, segmentsBytes)),
    halfBytes,
  );
  link.onClose(() => memory.close());
  await ask(link, attachCodes.held, 0);
  return memory;
}

async function ask(link: LaneLink, code: number, payloadBytes: number): Promise<Buffer> {
  const answer = await link.ask(attachQuestion(code, payloadBytes));
  if (answer.kind === 'answered') return answer.payload;
  throw answer.cause;
}

function attachQuestion(code: number, wantedBytes: number): LaneQuestion<Attached> {
  return {
    fields: { op: laneOps.attach, code },
    parts: [],
    begin: (header, done) => {
      const { op, payloadBytes } = header;
      if (op === laneOps.segments && payloadBytes === wantedBytes) {
        return collectPayload(payloadBytes, (payload) => done({ kind: 'answered', payload }));
      }
      if (op === laneOps.answer && payloadBytes <= laneTextBytesMax) {
        return collectPayload(payloadBytes, (text) => {
          const answer = trouble(header, text.toString('utf8'));
          const cause =
            answer?.kind === 'unavailable' ? answer.cause : new KvError('unavailable', 'not attached now');
          done({ kind: 'refused', cause });
        });
      }
      throw new KvError('invalid', `${laneOpName(op)} with ${payloadBytes} bytes is no answer to attach`);
    },
    gone: (cause) => ({ kind: 'refused', cause }),
    refused: () => ({ kind: 'refused', cause: new KvError('exhausted', 'the lane has no room to attach') }),
  };
}
