import type { KvError } from '../core/errors.js';
import { copyPage } from '../core/pageView.js';
import type { AttachedMemory } from './attachedMemory.js';
import type { FramePayload } from './framePayload.js';
import type { LanePut, SealedPage } from './lane.js';
import { answerPayload } from './laneAnswer.js';
import type { LaneQuestion } from './laneCall.js';
import type { FrameFields, FrameHeader } from './laneFrame.js';
import { laneOps } from './laneOps.js';

const noSlot = -1;

/** Gives a page away through a slot of the segment, or over the socket while none is free. */
export class PutAtPage implements LaneQuestion<LanePut> {
  parts: readonly Uint8Array[] = [];
  readonly #page: SealedPage;
  readonly #memory: AttachedMemory;
  #slot = noSlot;

  constructor(page: SealedPage, memory: AttachedMemory) {
    this.#page = page;
    this.#memory = memory;
  }

  get fields(): FrameFields {
    const { id, view, checksum, blockIndex } = this.#page;
    const fields = { block: id.block, layer: id.layer, checksum, blockIndex };
    this.#slot = this.#memory.slots.take();
    if (this.#slot === noSlot) {
      this.parts = [view.k, view.v];
      return { ...fields, op: laneOps.put };
    }
    copyPage(view, this.#memory.segmentView(this.#slot));
    return { ...fields, op: laneOps.putAt, code: this.#slot + 1 };
  }

  begin(header: FrameHeader, done: (value: LanePut) => void): FramePayload {
    this.#takeBack();
    return answerPayload(header, 'put', done);
  }

  unwanted(): void {
    this.#takeBack();
  }

  gone(cause: KvError): LanePut {
    return { kind: 'unavailable', cause };
  }

  refused(retryAfterMs: number): LanePut {
    return { kind: 'throttled', retryAfterMs };
  }

  #takeBack(): void {
    if (this.#slot !== noSlot) this.#memory.slots.giveBack(this.#slot);
    this.#slot = noSlot;
  }
}
