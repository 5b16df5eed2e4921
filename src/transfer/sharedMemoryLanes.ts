import { KvError } from '../core/errors.js';
import { copyPage } from '../core/pageView.js';
import { placeOf, type RegionShape, SharedRegion } from '../memory/sharedRegion.js';
import type { SharedSlab } from '../memory/slab.js';
import { type FramePayload, noPayload } from './framePayload.js';
import type { FrameHeader } from './laneFrame.js';
import { laneOpName, laneOps } from './laneOps.js';
import type { LaneExtension } from './laneServer.js';
import { answerNoLoan, answerRoomEnd, noRoom, reasonOf } from './pageAnswers.js';
import type { Borrow, PageRoom, Reserve } from './pageHost.js';
import { pageIdOf } from './pageOps.js';
import type { LaneOp, ServedLane } from './servedLane.js';
import { noSlot, ServedMemory } from './servedMemory.js';
import { attachCodes, segmentsPayload } from './sharedPayloads.js';

const slotAlignmentBytes = 4096;
/** A frame names a slot in 16 bits, and says with one value that there is none. */
const slotsMax = 0xffff;

/**
 * The serving end of lanes over shared memory: a connection of this host on which only frames without bytes
 * travel. Pages that lie in the arena are lent where they are; others, and those that come, are copied
 * through a segment that is the connection's own.
 * @param arena null: there is none, and every page goes through the segment
 */
export function sharedMemoryLanes(arena: SharedSlab | null): LaneExtension {
  const memories = new WeakMap<ServedLane, ServedMemory>();
  let segmentsBytes = 0;

  const held = (lane: ServedLane, { op }: FrameHeader): ServedMemory => {
    const memory = memories.get(lane);
    if (memory?.isHeld) return memory;
    throw new KvError('invalid', `${laneOpName(op)} came before the memory was attached`);
  };

  const create = (lane: ServedLane): ServedMemory => {
    const { segmentsBytesMax } = lane.limits;
    const shape = segmentShape(lane);
    const bytes = shape.slots * shape.slotBytes;
    if (shape.slots === 0 || segmentsBytes + bytes > segmentsBytesMax) {
      throw new KvError('exhausted', `segments of ${segmentsBytes} bytes are in use, of ${segmentsBytesMax}`);
    }
    const memory = new ServedMemory(lane, SharedRegion.create(shape, 'readWrite'));
    segmentsBytes += bytes;
    memories.set(lane, memory);
    lane.onClose(() => {
      segmentsBytes -= bytes;
      memory.close();
    });
    return memory;
  };

  const attach = answered((lane, header) => {
    const memory = memories.get(lane);
    const { code, request } = header;
    if (code === attachCodes.held && memory?.isHeld === false) {
      memory.isHeld = true;
      memory.segment.closeFile();
      lane.kind = 'shm';
      lane.reply({ op: laneOps.segments, request });
    } else if (code === attachCodes.ask && memory === undefined && lane.kind === 'unix') {
      try {
        const { segment } = create(lane);
        const places = { arena: arena === null ? null : placeOf(arena), segment: segment.place };
        lane.reply({ op: laneOps.segments, request }, [segmentsPayload(places)]);
      } catch (thrown) {
        lane.answer(request, 'failed', reasonOf(thrown));
      }
    } else throw new KvError('invalid', `attach with code ${code} came where it may not`);
  });

  const lend = answered((lane, header) => {
    const memory = held(lane, header);
    const slot = memory.offered(header);
    const { request } = header;
    const heard = (result: Borrow): void => {
      if (result.kind !== 'borrowed') answerNoLoan(lane, request, result);
      else if (memory.isGone) result.loan.giveBack();
      else memory.lend(header, slot, result.loan);
    };
    const borrowed = lane.host.borrow(pageIdOf(lane, header), lane.signal);
    if (!(borrowed instanceof Promise)) heard(borrowed);
    else borrowed.then(heard, (cause: unknown) => lane.answer(request, 'failed', reasonOf(cause)));
  });

  const putAt = answered((lane, header) => {
    const memory = held(lane, header);
    const slot = memory.offered(header);
    if (slot === noSlot) throw new KvError('invalid', 'putAt came without a slot');
    const { request, blockIndex, checksum } = header;
    const heard = (result: Reserve): void => {
      if (result.kind !== 'room') noRoom(result, (...said) => lane.answer(request, ...said));
      else if (memory.isGone) result.room.abandon();
      else fill(lane, memory, request, slot, result.room);
    };
    const reserved = lane.host.reserve(pageIdOf(lane, header), { blockIndex, checksum }, lane.signal);
    if (!(reserved instanceof Promise)) heard(reserved);
    else reserved.then(heard, (cause: unknown) => lane.answer(request, 'failed', reasonOf(cause)));
  });

  const release: LaneOp = {
    payloadBytes: 0,
    isAnswered: false,
    begin(lane, header) {
      held(lane, header).release(header.request);
      return noPayload;
    },
  };

  return {
    kind: 'shm',
    ops: new Map([
      [laneOps.attach, attach],
      [laneOps.lend, lend],
      [laneOps.putAt, putAt],
      [laneOps.release, release],
    ]),
  };
}

function answered(take: (lane: ServedLane, header: FrameHeader) => void): LaneOp {
  return {
    payloadBytes: 0,
    isAnswered: true,
    begin(lane, header): FramePayload {
      take(lane, header);
      return noPayload;
    },
  };
}

/** The checksum is taken of the room: the peer can still write to its segment. */
function fill(lane: ServedLane, memory: ServedMemory, request: number, slot: number, room: PageRoom): void {
  copyPage(memory.slotView(slot), room.view);
  const end = room.complete();
  if (!(end instanceof Promise)) answerRoomEnd(lane, request, end);
  else {
    end.then(
      (ended) => answerRoomEnd(lane, request, ended),
      (cause: unknown) => answerRoomEnd(lane, request, { kind: 'failed', cause }),
    );
  }
}

function segmentShape({ halfBytes, limits }: ServedLane): RegionShape {
  const slotBytes = Math.ceil((2 * halfBytes) / slotAlignmentBytes) * slotAlignmentBytes;
  const slots = Math.min(slotsMax - 1, Math.floor(limits.segmentBytes / slotBytes));
  return { slots, slotBytes };
}
