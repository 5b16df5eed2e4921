import { type PageId, pageName } from '../../src/core/pageId.js';
import type { PageView } from '../../src/core/pageView.js';
import { isShared, type Slab } from '../../src/memory/slab.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import type { PageSeal } from '../../src/transfer/lane.js';
import type { Borrow, PageHost, PageRoom, Reserve, RoomEnd } from '../../src/transfer/pageHost.js';

interface Stored {
  readonly seal: PageSeal;
  readonly slot: number;
}

/** Pages in the slots of one slab, and nothing else. Tests put their own answers before its own. */
export class StubPageHost implements PageHost {
  /** Answers instead of `borrow`, where it answers at all. */
  onBorrow: (id: PageId, signal: AbortSignal) => Borrow | Promise<Borrow> | undefined = () => undefined;
  onReserve: (id: PageId, signal: AbortSignal) => Reserve | Promise<Reserve> | undefined = () => undefined;
  /** Loans and rooms that nobody has ended. */
  held = 0;
  completed = 0;
  abandoned = 0;
  readonly #pages = new Map<string, Stored>();
  readonly #free: number[];
  readonly #slotBytes: number;

  /** @param slab a shared one has slots of its own size, which others can map. */
  constructor(
    readonly slab: Slab,
    readonly halfBytes: number,
  ) {
    this.#slotBytes = isShared(slab) ? slab.slotBytes : 2 * halfBytes;
    const slots = Math.floor(slab.sizeBytes / this.#slotBytes);
    this.#free = Array.from({ length: slots }, (_, slot) => slots - 1 - slot);
  }

  get pages(): number {
    return this.#pages.size;
  }

  view(slot: number): PageView {
    const at = this.#slotBytes * slot;
    return {
      k: this.slab.view(at, this.halfBytes),
      v: this.slab.view(at + this.halfBytes, this.halfBytes),
    };
  }

  /** The bytes of a page that is stored. */
  stored(id: PageId): PageView {
    return this.view(this.#pages.get(pageName(id))!.slot);
  }

  /** Stores a page without a lane. */
  store(id: PageId, blockIndex: number, fill: (view: PageView) => void): PageSeal {
    const slot = this.#free.pop()!;
    const view = this.view(slot);
    fill(view);
    const seal = { blockIndex, checksum: pageChecksum(view) };
    this.#pages.set(pageName(id), { seal, slot });
    return seal;
  }

  borrow(id: PageId, signal: AbortSignal): Borrow | Promise<Borrow> {
    return this.onBorrow(id, signal) ?? this.lend(id);
  }

  reserve(id: PageId, seal: PageSeal, signal: AbortSignal): Reserve | Promise<Reserve> {
    return this.onReserve(id, signal) ?? this.makeRoom(id, seal);
  }

  lend(id: PageId): Borrow {
    const page = this.#pages.get(pageName(id));
    if (page === undefined) return { kind: 'miss' };
    this.held += 1;
    const giveBack = once(() => {
      this.held -= 1;
    });
    const view = this.view(page.slot);
    const { slab } = this;
    const shared = isShared(slab)
      ? { sharedSlot: page.slot, generation: slab.generation(page.slot) }
      : { sharedSlot: -1, generation: 0 };
    return { kind: 'borrowed', loan: { id, ...page.seal, view, ...shared, giveBack } };
  }

  makeRoom(id: PageId, seal: PageSeal): Reserve {
    const name = pageName(id);
    if (this.#pages.has(name)) return { kind: 'present' };
    const slot = this.#free.pop();
    if (slot === undefined) return { kind: 'full' };
    if (isShared(this.slab)) this.slab.advance(slot);
    this.held += 1;
    const end = once(() => {
      this.held -= 1;
    });
    return { kind: 'room', room: this.#room(name, seal, slot, end) };
  }

  #room(name: string, seal: PageSeal, slot: number, end: () => void): PageRoom {
    const view = this.view(slot);
    return {
      view,
      complete: (): RoomEnd => {
        end();
        this.completed += 1;
        if (pageChecksum(view) === seal.checksum) {
          this.#pages.set(name, { seal, slot });
          return { kind: 'stored' };
        }
        this.#free.push(slot);
        return { kind: 'corrupt' };
      },
      abandon: () => {
        end();
        this.abandoned += 1;
        this.#free.push(slot);
      },
    };
  }
}

/** What ends twice is a bug that a test must see. */
function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) throw new Error('ended twice');
    isDone = true;
    act();
  };
}
