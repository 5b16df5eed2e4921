import { KvError } from '../core/errors.js';
import { copyPage, type PageView } from '../core/pageView.js';
import type { TierName } from '../core/tierName.js';
import { SlotAllocator } from '../memory/slotAllocator.js';
import { SlotMap } from './slotMap.js';
import type {
  LoadLease,
  LoadStart,
  ReadOutcome,
  RemoveOutcome,
  StoredPage,
  StoreEnd,
  StoreLease,
  StoreStart,
  Tier,
} from './tier.js';

const present: StoreStart = { kind: 'present' };
const full: StoreStart = { kind: 'full' };
const stored: StoreEnd = { kind: 'stored' };
const dropped: StoreEnd = { kind: 'dropped' };
const miss: LoadStart = { kind: 'miss' };
const read: ReadOutcome = { kind: 'read' };
const removed: RemoveOutcome = { kind: 'removed' };
const absent: RemoveOutcome = { kind: 'absent' };
const busy: RemoveOutcome = { kind: 'busy' };

/** What the slots of a memory tier are cut from. */
export interface SlotArena {
  readonly slots: number;
  /** Bytes that a slot takes from the budget. */
  readonly slotBytes: number;
  view(slot: number): PageView;
  /** Other bytes are about to come to the slot: somebody else may map it. */
  advance?(slot: number): void;
}

/**
 * A tier of slots in memory: everything ends in the same turn. Beside the port it has a way for the hot
 * path that speaks slots and allocates nothing: `begin`, `finish`, `wholeSlot`, `pin`, `unpin`,
 * `drop`.
 */
export class SlotTier implements Tier {
  readonly name: TierName;
  readonly budgetBytes: number;
  protected readonly map: SlotMap;
  protected readonly allocator: SlotAllocator;
  readonly #arena: SlotArena;
  readonly #isWhole: Uint8Array;
  readonly #pins: Uint32Array;
  readonly #views: (PageView | undefined)[] = [];
  #pages = 0;

  /** @param allocatedSlots slots 0 up to this are given out by `begin`. */
  constructor(name: TierName, arena: SlotArena, allocatedSlots = arena.slots) {
    this.name = name;
    this.#arena = arena;
    this.budgetBytes = arena.slots * arena.slotBytes;
    this.map = new SlotMap(arena.slots);
    this.allocator = new SlotAllocator(allocatedSlots);
    this.#isWhole = new Uint8Array(arena.slots);
    this.#pins = new Uint32Array(arena.slots);
  }

  get slots(): number {
    return this.#arena.slots;
  }

  get slotBytes(): number {
    return this.#arena.slotBytes;
  }

  get usedBytes(): number {
    return this.allocator.usedSlots * this.slotBytes;
  }

  get pages(): number {
    return this.#pages;
  }

  has(page: StoredPage): boolean {
    return this.wholeSlot(page.handle) >= 0;
  }

  view(slot: number): PageView {
    const known = this.#views[slot];
    if (known !== undefined) return known;
    const view = this.#arena.view(slot);
    this.#views[slot] = view;
    return view;
  }

  /** The slot of a whole page, or -1. */
  wholeSlot(handle: number): number {
    const slot = this.map.slotOf(handle);
    return slot >= 0 && this.#isWhole[slot] === 1 ? slot : -1;
  }

  /** The slot of a page that is whole or on its way in, or -1. */
  slotOf(handle: number): number {
    return this.map.slotOf(handle);
  }

  /** Room for a page that is not here, near others of its layer: a slot, or -1 when none is free. */
  begin(handle: number, layer: number): number {
    const slot = this.allocator.allocate(layer);
    if (slot === undefined) return -1;
    this.#arena.advance?.(slot);
    this.map.set(handle, slot);
    return slot;
  }

  /** Makes what was begun visible, or forgets it. */
  finish(slot: number, ok: boolean): void {
    if (!ok) {
      this.map.delete(this.map.handleAt(slot));
      this.release(slot);
      return;
    }
    this.#isWhole[slot] = 1;
    this.#pages += 1;
  }

  pin(slot: number): void {
    this.#pins[slot]! += 1;
  }

  unpin(slot: number): void {
    if (this.#pins[slot] === 0) throw new KvError('internal', `slot ${slot} of ${this.name} is not in use`);
    this.#pins[slot]! -= 1;
  }

  isPinned(slot: number): boolean {
    return this.#pins[slot]! > 0;
  }

  prepareStore(page: StoredPage): StoreStart {
    if (this.map.slotOf(page.handle) >= 0) return present;
    const slot = this.begin(page.handle, page.id.layer);
    return slot < 0 ? full : { kind: 'ready', lease: this.#leaseOf(page, slot) };
  }

  completeStore(lease: StoreLease, ok: boolean): StoreEnd {
    this.finish(slotOfLease(lease), ok);
    return ok ? stored : dropped;
  }

  prepareLoad(page: StoredPage): LoadStart {
    const slot = this.wholeSlot(page.handle);
    if (slot < 0) return miss;
    this.pin(slot);
    return { kind: 'hit', lease: this.#leaseOf(page, slot) };
  }

  completeLoad(lease: LoadLease): void {
    this.unpin(slotOfLease(lease));
  }

  remove(page: StoredPage): RemoveOutcome {
    return this.drop(page.handle);
  }

  /** As `remove`. */
  drop(handle: number): RemoveOutcome {
    const slot = this.wholeSlot(handle);
    if (slot < 0) return absent;
    if (this.isPinned(slot)) return busy;
    this.forget(slot);
    this.release(slot);
    return removed;
  }

  /** Takes the whole page out of its slot; the slot stays taken. */
  protected forget(slot: number): void {
    this.map.delete(this.map.handleAt(slot));
    this.#isWhole[slot] = 0;
    this.#pages -= 1;
  }

  /** Gives the slot back. */
  protected release(slot: number): void {
    this.allocator.free(slot);
  }

  /** Brings the bytes of a page into its slot. */
  protected write(_page: StoredPage, slot: number, from: PageView): void {
    copyPage(from, this.view(slot));
  }

  protected read(slot: number, into: PageView): ReadOutcome {
    copyPage(this.view(slot), into);
    return read;
  }

  #leaseOf(page: StoredPage, slot: number): SlotLease {
    return new SlotLease(page, slot, {
      write: (from) => this.write(page, slot, from),
      read: (into) => this.read(slot, into),
    });
  }
}

class SlotLease implements StoreLease, LoadLease {
  readonly write: StoreLease['write'];
  readonly read: (into: PageView) => ReadOutcome;

  constructor(
    readonly page: StoredPage,
    readonly slot: number,
    { write, read }: { write(from: PageView): void; read(into: PageView): ReadOutcome },
  ) {
    this.write = write;
    this.read = read;
  }
}

function slotOfLease(lease: StoreLease | LoadLease): number {
  if (lease instanceof SlotLease) return lease.slot;
  throw new KvError('internal', 'a lease of another tier was given to a memory tier');
}
