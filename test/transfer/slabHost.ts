import type { PageId } from '../../src/core/pageId.js';
import { pageName } from '../../src/core/pageId.js';
import type { PageView } from '../../src/core/pageView.js';
import type { SharedSlab } from '../../src/memory/slab.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import type { PageSeal, SealedPage } from '../../src/transfer/lane.js';
import type { Borrow, PageHost, Reserve } from '../../src/transfer/pageHost.js';

interface Kept extends PageSeal {
  readonly id: PageId;
  readonly slot: number;
  loans: number;
}

/** Pages in the slots of a shared slab. When it is full the oldest page that nobody borrows goes. */
export class SlabHost implements PageHost {
  readonly #slab: SharedSlab;
  readonly #halfBytes: number;
  readonly #pages = new Map<string, Kept>();
  readonly #free: number[];
  /** Pages lie where nobody can map them, as on the device. */
  isPrivate = false;

  constructor(slab: SharedSlab, halfBytes: number) {
    this.#slab = slab;
    this.#halfBytes = halfBytes;
    this.#free = Array.from({ length: slab.slots }, (_, slot) => slot);
  }

  get loans(): number {
    return [...this.#pages.values()].reduce((sum, { loans }) => sum + loans, 0);
  }

  get freeSlots(): number {
    return this.#free.length;
  }

  get pages(): number {
    return this.#pages.size;
  }

  view(slot: number): PageView {
    const at = slot * this.#slab.slotBytes;
    const half = this.#halfBytes;
    return { k: this.#slab.view(at, half), v: this.#slab.view(at + half, half) };
  }

  keep({ id, view, blockIndex, checksum }: SealedPage): void {
    const reserved = this.reserve(id, { blockIndex, checksum });
    if (reserved.kind !== 'room') throw new Error(`the page was ${reserved.kind}`);
    reserved.room.view.k.set(view.k);
    reserved.room.view.v.set(view.v);
    void reserved.room.complete();
  }

  borrow(id: PageId): Borrow {
    const kept = this.#pages.get(pageName(id));
    if (kept === undefined) return { kind: 'miss' };
    const { slot, blockIndex, checksum } = kept;
    kept.loans += 1;
    let isOut = true;
    const giveBack = (): void => {
      if (!isOut) throw new Error('a loan was given back twice');
      isOut = false;
      kept.loans -= 1;
    };
    const sharedSlot = this.isPrivate ? -1 : slot;
    const generation = this.#slab.generation(slot);
    const loan = { id, blockIndex, checksum, view: this.view(slot), sharedSlot, generation, giveBack };
    return { kind: 'borrowed', loan };
  }

  reserve(id: PageId, seal: PageSeal): Reserve {
    const name = pageName(id);
    if (this.#pages.has(name)) return { kind: 'present' };
    const slot = this.#free.pop() ?? this.#evict();
    if (slot === undefined) return { kind: 'full' };
    this.#slab.advance(slot);
    const view = this.view(slot);
    return {
      kind: 'room',
      room: {
        view,
        complete: () => {
          if (pageChecksum(view) !== seal.checksum) {
            this.#free.push(slot);
            return { kind: 'corrupt' };
          }
          this.#pages.set(name, { ...seal, id, slot, loans: 0 });
          return { kind: 'stored' };
        },
        abandon: () => void this.#free.push(slot),
      },
    };
  }

  #evict(): number | undefined {
    for (const [name, { slot, loans }] of this.#pages) {
      if (loans > 0) continue;
      this.#pages.delete(name);
      return slot;
    }
    return undefined;
  }
}
