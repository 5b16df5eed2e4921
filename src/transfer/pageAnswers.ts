import { KvError } from '../core/errors.js';
import type { AnswerName } from './laneOps.js';
import type { Borrow, Reserve, RoomEnd } from './pageHost.js';
import type { ServedLane } from './servedLane.js';

/** One line for the peer about anything thrown. */
export function reasonOf(cause: unknown): string {
  return KvError.from(cause).message;
}

/** Answers who asked for a page that cannot be had. */
export function answerNoLoan(
  lane: ServedLane,
  request: number,
  result: Exclude<Borrow, { kind: 'borrowed' }>,
): void {
  switch (result.kind) {
    case 'miss':
      lane.answer(request, 'miss');
      break;
    case 'corrupt':
      lane.answer(request, 'corrupt', result.reason);
      break;
    case 'failed':
      lane.answer(request, 'failed', reasonOf(result.cause));
      break;
    case 'cancelled':
      lane.answer(request, 'failed', 'cancelled');
      break;
    case 'throttled':
      lane.answer(request, 'throttled', '', result.retryAfterMs);
  }
}

/** What who gives a page is answered when there is no room for it. */
export function noRoom<T>(
  result: Exclude<Reserve, { kind: 'room' }>,
  say: (name: AnswerName, reason?: string, retryAfterMs?: number) => T,
): T {
  switch (result.kind) {
    case 'present':
      return say('present');
    case 'full':
      return say('full');
    case 'failed':
      return say('failed', reasonOf(result.cause));
    case 'cancelled':
      return say('failed', 'cancelled');
    case 'throttled':
      return say('throttled', '', result.retryAfterMs);
  }
}

/** Answers who gave a page, whose bytes are in its room. */
export function answerRoomEnd(lane: ServedLane, request: number, end: RoomEnd): void {
  if (end.kind === 'stored') {
    lane.figures.inPages += 1;
    lane.figures.inBytes += 2 * lane.halfBytes;
  }
  if (end.kind === 'failed') lane.answer(request, 'failed', reasonOf(end.cause));
  else if (end.kind === 'corrupt') {
    lane.answer(request, 'corrupt', 'the bytes that arrived do not match their checksum');
  } else lane.answer(request, end.kind);
}
