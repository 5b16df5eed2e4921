import type { PageId } from '../core/pageId.js';
import type { PageView } from '../core/pageView.js';
import type { AttachedMemory } from './attachedMemory.js';
import { pageChecksum } from './checksum.js';
import type { LentPage, PageSeal } from './lane.js';

const expired = { kind: 'expired' } as const;

/** What every page on loan is. */
export interface Loan extends PageSeal {
  readonly id: PageId;
  readonly leaseMs: number;
  /** Called once. */
  giveBack(): void;
}

abstract class PageOnLoan implements LentPage {
  readonly id: PageId;
  readonly blockIndex: number;
  readonly checksum: bigint;
  readonly leaseMs: number;
  readonly #giveBack: () => void;
  #isOut = true;

  constructor({ id, blockIndex, checksum, leaseMs, giveBack }: Loan) {
    this.id = id;
    this.blockIndex = blockIndex;
    this.checksum = checksum;
    this.leaseMs = leaseMs;
    this.#giveBack = giveBack;
  }

  read<T>(
    use: (view: PageView) => T,
  ): { readonly kind: 'read'; readonly value: T } | { readonly kind: 'expired' } {
    if (!this.#isHeld()) return expired;
    const value = use(this.view());
    return this.#isHeld() ? { kind: 'read', value } : expired;
  }

  verify(): 'right' | 'wrong' | 'expired' {
    if (!this.#isHeld()) return 'expired';
    const sum = pageChecksum(this.view());
    if (!this.#isHeld()) return 'expired';
    return sum === this.checksum ? 'right' : 'wrong';
  }

  release(): void {
    if (!this.#isOut) return;
    this.#isOut = false;
    this.#giveBack();
  }

  protected abstract view(): PageView;
  /** Whether what was read so far is the page. */
  protected abstract isThere(): boolean;

  #isHeld(): boolean {
    return this.#isOut && this.isThere();
  }
}

/** A page where it is kept. Its slot may come to hold another, once the lease has ended there. */
export class ArenaPage extends PageOnLoan {
  readonly #memory: AttachedMemory;
  readonly #slot: number;
  readonly #generation: number;

  constructor(loan: Loan, memory: AttachedMemory, slot: number, generation: number) {
    super(loan);
    this.#memory = memory;
    this.#slot = slot;
    this.#generation = generation;
  }

  protected view(): PageView {
    return this.#memory.arenaView(this.#slot);
  }

  protected isThere(): boolean {
    return this.#memory.isStill(this.#slot, this.#generation);
  }
}

/** A copy of a page in a slot of the segment: nobody else writes there until it is given back. */
export class SegmentPage extends PageOnLoan {
  readonly #memory: AttachedMemory;
  readonly #slot: number;

  constructor(loan: Loan, memory: AttachedMemory, slot: number) {
    super(loan);
    this.#memory = memory;
    this.#slot = slot;
  }

  protected view(): PageView {
    return this.#memory.segmentView(this.#slot);
  }

  protected isThere(): boolean {
    return !this.#memory.isGone;
  }
}
