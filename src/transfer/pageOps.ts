import { KvError } from '../core/errors.js';
import type { PageId } from '../core/pageId.js';
import { discardPayload, type FramePayload, noPayload } from './framePayload.js';
import type { FrameHeader } from './laneFrame.js';
import { laneOps } from './laneOps.js';
import { answerNoLoan, answerRoomEnd, noRoom, reasonOf } from './pageAnswers.js';
import type { Borrow, PageRoom, Reserve, RoomEnd } from './pageHost.js';
import type { LaneOp, LaneOpTable, ServedLane } from './servedLane.js';

const get: LaneOp = {
  payloadBytes: 0,
  isAnswered: true,
  begin(lane, header) {
    const borrowed = lane.host.borrow(pageIdOf(lane, header), lane.signal);
    if (borrowed instanceof Promise) {
      borrowed.then(
        (result) => sendPage(lane, header, result),
        (cause: unknown) => lane.answer(header.request, 'failed', reasonOf(cause)),
      );
    } else sendPage(lane, header, borrowed);
    return noPayload;
  },
};

const put: LaneOp = {
  payloadBytes: 'page',
  isAnswered: true,
  begin(lane, header) {
    const seal = { blockIndex: header.blockIndex, checksum: header.checksum };
    const reserved = lane.host.reserve(pageIdOf(lane, header), seal, lane.signal);
    if (!(reserved instanceof Promise)) return placeFor(lane, header, reserved);
    return reserved.then(
      (result) => placeFor(lane, header, result),
      (cause: unknown) => placeFor(lane, header, { kind: 'failed', cause }),
    );
  },
};

/** What every lane of this kind can ask. */
export const pageOps: LaneOpTable = new Map([
  [laneOps.get, get],
  [laneOps.put, put],
]);

/** The page that a frame is about. @throws KvError `invalid` for a layer that is not served here. */
export function pageIdOf({ layers: { from, to } }: ServedLane, { block, layer }: FrameHeader): PageId {
  if (layer < from || layer >= to) {
    throw new KvError('invalid', `layer ${layer} is not served here; there are ${from} to ${to - 1}`);
  }
  return { block, layer };
}

function sendPage(lane: ServedLane, { request, block, layer }: FrameHeader, result: Borrow): void {
  if (result.kind !== 'borrowed') {
    answerNoLoan(lane, request, result);
    return;
  }
  const { loan } = result;
  const { checksum, blockIndex, view } = loan;
  const fields = { op: laneOps.page, request, block, layer, checksum, blockIndex };
  lane.reply(fields, [view.k, view.v], () => loan.giveBack());
  lane.figures.outPages += 1;
  lane.figures.outBytes += view.k.length + view.v.length;
}

function placeFor(lane: ServedLane, header: FrameHeader, result: Reserve): FramePayload {
  const { request, payloadBytes } = header;
  if (result.kind === 'room') return roomPayload(lane, header, result.room);
  // The sender has its bytes on the way already: they are read and dropped.
  return noRoom(result, (name, reason, retryAfterMs) =>
    discardPayload(payloadBytes, () => lane.answer(request, name, reason, retryAfterMs)),
  );
}

function roomPayload(lane: ServedLane, { request }: FrameHeader, room: PageRoom): FramePayload {
  const ended = (end: RoomEnd): void => answerRoomEnd(lane, request, end);
  return {
    parts: [room.view.k, room.view.v],
    done: () => {
      const end = room.complete();
      if (!(end instanceof Promise)) ended(end);
      else end.then(ended, (cause: unknown) => ended({ kind: 'failed', cause }));
    },
    dropped: () => room.abandon(),
  };
}
