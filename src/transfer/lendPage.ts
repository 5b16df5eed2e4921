import { KvError } from '../core/errors.js';
import type { PageId } from '../core/pageId.js';
import type { AttachedMemory } from './attachedMemory.js';
import { collectPayload, type FramePayload } from './framePayload.js';
import type { LaneLend, LentPage } from './lane.js';
import { answerPayload } from './laneAnswer.js';
import type { LaneQuestion } from './laneCall.js';
import type { FrameFields, FrameHeader } from './laneFrame.js';
import type { LaneLink } from './laneLink.js';
import { laneOps } from './laneOps.js';
import { ArenaPage, type Loan, SegmentPage } from './lentPages.js';
import { lentCodes, lentSlotBytes, readLentSlot } from './sharedPayloads.js';

const noSlot = -1;
const noParts: readonly Uint8Array[] = [];

/** Asks for a page where it lies, and offers a slot of the segment in case it lies where nobody can map it. */
export class LendPage implements LaneQuestion<LaneLend> {
  readonly parts = noParts;
  readonly #id: PageId;
  readonly #memory: AttachedMemory;
  readonly #link: LaneLink;
  readonly #signal: AbortSignal | undefined;
  #offered = noSlot;
  #didOffer = false;

  constructor(id: PageId, memory: AttachedMemory, link: LaneLink, signal: AbortSignal | undefined) {
    this.#id = id;
    this.#memory = memory;
    this.#link = link;
    this.#signal = signal;
  }

  /** Whether a slot was free when the question was sent. */
  get didOffer(): boolean {
    return this.#didOffer;
  }

  get fields(): FrameFields {
    this.#offered = this.#memory.slots.take();
    this.#didOffer = this.#offered !== noSlot;
    return { op: laneOps.lend, block: this.#id.block, layer: this.#id.layer, code: this.#offered + 1 };
  }

  begin(header: FrameHeader, done: (value: LaneLend) => void): FramePayload {
    if (header.op !== laneOps.lent) {
      this.#takeBack();
      return answerPayload(header, 'get', done);
    }
    const { block, layer } = header;
    const { block: askedBlock, layer: askedLayer } = this.#id;
    if (block !== askedBlock || layer !== askedLayer) {
      throw invalid(`page ${askedBlock}/${askedLayer} was asked for, and ${block}/${layer} was lent`);
    }
    const ended = (page: LentPage): void => {
      // Whoever asked hears of the abort and not of the page.
      if (this.#signal?.aborted) page.release();
      done({ kind: 'lent', page });
    };
    return header.code === lentCodes.arena ? this.#inArena(header, ended) : this.#inSegment(header, ended);
  }

  unwanted({ op, code, request }: FrameHeader): void {
    this.#takeBack();
    if (op === laneOps.lent && code === lentCodes.arena) this.#giveBackLoan(request);
  }

  gone(cause: KvError): LaneLend {
    return { kind: 'unavailable', cause };
  }

  refused(retryAfterMs: number): LaneLend {
    return { kind: 'throttled', retryAfterMs };
  }

  #inArena(header: FrameHeader, ended: (page: LentPage) => void): FramePayload {
    if (header.payloadBytes !== lentSlotBytes) throw invalid(`lent came with ${header.payloadBytes} bytes`);
    this.#takeBack();
    const { request } = header;
    return collectPayload(lentSlotBytes, (bytes) => {
      const { slot, generation } = readLentSlot(bytes);
      this.#memory.arenaView(slot); // throws for a slot that cannot be
      const loan = this.#loan(header, () => this.#giveBackLoan(request));
      ended(new ArenaPage(loan, this.#memory, slot, generation));
    });
  }

  #inSegment(header: FrameHeader, ended: (page: LentPage) => void): FramePayload {
    const slot = this.#offered;
    if (header.code !== lentCodes.segment || header.payloadBytes !== 0 || slot === noSlot) {
      throw invalid(`lent came with code ${header.code} and ${header.payloadBytes} bytes`);
    }
    this.#offered = noSlot;
    const loan = this.#loan(header, () => this.#memory.slots.giveBack(slot));
    return { parts: noParts, done: () => ended(new SegmentPage(loan, this.#memory, slot)) };
  }

  #loan({ blockIndex, checksum }: FrameHeader, giveBack: () => void): Loan {
    const { leaseMs } = this.#link.welcome;
    return { id: this.#id, blockIndex, checksum, leaseMs, giveBack };
  }

  /** The slot that was offered is ours again. */
  #takeBack(): void {
    if (this.#offered === noSlot) return;
    this.#memory.slots.giveBack(this.#offered);
    this.#offered = noSlot;
  }

  #giveBackLoan(request: number): void {
    if (this.#link.isOpen) this.#link.tell({ op: laneOps.release, request });
  }
}

function invalid(message: string): KvError {
  return new KvError('invalid', message);
}
