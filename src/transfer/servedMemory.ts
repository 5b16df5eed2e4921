import { KvError } from '../core/errors.js';
import { copyPage, type PageView } from '../core/pageView.js';
import type { SharedRegion } from '../memory/sharedRegion.js';
import type { FrameHeader } from './laneFrame.js';
import { laneOps } from './laneOps.js';
import { LeaseTable } from './leaseTable.js';
import type { PageLoan } from './pageHost.js';
import type { ServedLane } from './servedLane.js';
import { lentCodes, lentSlotPayload } from './sharedPayloads.js';

/** Expired leases are looked for so many times in the length of one. */
const looksPerLease = 4;
/** No slot of the segment is offered with a frame. */
export const noSlot = -1;

/** The serving end of the memory that one connection shares: its segment, and what it has on loan. */
export class ServedMemory {
  readonly segment: SharedRegion;
  /** The peer has mapped it. */
  isHeld = false;
  readonly #lane: ServedLane;
  readonly #leases: LeaseTable<PageLoan>;
  readonly #views: (PageView | undefined)[] = [];
  #isGone = false;
  #stopWatch: (() => void) | null = null;

  constructor(lane: ServedLane, segment: SharedRegion) {
    this.#lane = lane;
    this.segment = segment;
    this.#leases = new LeaseTable(lane.limits);
  }

  /** The connection is gone, and with it the right to read or write here. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** The slot that a frame offers, or `noSlot`. @throws KvError `invalid` for one that cannot be. */
  offered({ code }: FrameHeader): number {
    if (code > this.segment.slots) {
      throw new KvError('invalid', `slot ${code - 1} was offered of a segment of ${this.segment.slots}`);
    }
    return code - 1;
  }

  slotView(slot: number): PageView {
    const { halfBytes } = this.#lane;
    const { parts, slotBytes } = this.segment;
    this.#views[slot] ??= {
      k: parts.view(slot * slotBytes, halfBytes),
      v: parts.view(slot * slotBytes + halfBytes, halfBytes),
    };
    return this.#views[slot];
  }

  /** Answers a `lend` with the page: where it is kept, or a copy in the slot that was offered. */
  lend({ request, block, layer }: FrameHeader, slot: number, loan: PageLoan): void {
    const { blockIndex, checksum } = loan;
    const fields = { op: laneOps.lent, request, block, layer, blockIndex, checksum };
    const granted = loan.sharedSlot < 0 ? 'full' : this.#grant(request, loan);
    if (granted === 'granted') {
      const payload = lentSlotPayload({ slot: loan.sharedSlot, generation: loan.generation });
      this.#lane.reply({ ...fields, code: lentCodes.arena }, [payload]);
      this.#count();
      return;
    }
    if (granted === 'full' && slot !== noSlot) {
      copyPage(loan.view, this.slotView(slot));
      this.#lane.reply({ ...fields, code: lentCodes.segment });
      this.#count();
    } else if (granted === 'full') {
      this.#lane.answer(request, 'throttled', '', this.#lane.limits.retryAfterMs);
    } else this.#lane.fail(new KvError('invalid', `request ${request} has a page on loan already`));
    loan.giveBack();
  }

  /** Nothing for a lease that has ended. */
  release(request: number): void {
    this.#leases.release(request)?.giveBack();
    this.#lane.figures.lentSlots = this.#leases.size;
  }

  /** Gives everything back. */
  close(): void {
    this.#isGone = true;
    this.#stopWatch?.();
    for (const loan of this.#leases.endAll()) loan.giveBack();
    this.#lane.figures.lentSlots = 0;
    this.#views.length = 0;
    this.segment.close('unmap');
  }

  #grant(request: number, loan: PageLoan): 'granted' | 'full' | 'taken' {
    const granted = this.#leases.grant(request, loan, this.#lane.clock.monotonicMs());
    this.#lane.figures.lentSlots = this.#leases.size;
    if (this.#stopWatch === null) this.#watch();
    return granted;
  }

  #count(): void {
    this.#lane.figures.outPages += 1;
    this.#lane.figures.outBytes += 2 * this.#lane.halfBytes;
  }

  #watch(): void {
    const { clock, figures, limits } = this.#lane;
    this.#stopWatch = clock.setTimer(limits.leaseMs / looksPerLease, () => {
      this.#stopWatch = null;
      for (const loan of this.#leases.expire(clock.monotonicMs())) loan.giveBack();
      figures.lentSlots = this.#leases.size;
      if (this.#leases.size > 0) this.#watch();
    });
  }
}
