import { KvError } from '../core/errors.js';
import type { PagePlanes } from '../device/pagePlanes.js';
import { SlotTier } from './slotTier.js';
import { stagingSlots } from './stagingSlots.js';
import type { StoredPage } from './tier.js';

/**
 * The device's arena, shared by three uses: tails and hot pages, which lie in the front slots, and pages
 * that stream through the staging slots at its end. Staging slots are taken in ring order, so that pages
 * which are loaded one after the other lie side by side and are computed as one run.
 */
export class DeviceTier extends SlotTier {
  /** Slots for tails and hot pages: 0 up to this. */
  readonly hotSlots: number;
  /** Checksums of copies that are not their page bit by bit, by slot. */
  readonly #converted: BigUint64Array;
  #stagingCursor: number;
  #stagedSlots = 0;

  /**
   * @param planes null: a device of no slots.
   * @param layers of the worker: each may have a tail.
   */
  constructor(planes: PagePlanes | null, layers: number) {
    const slots = planes?.slots ?? 0;
    const hotSlots = planes === null ? 0 : slots - stagingSlots(slots, layers);
    super(
      'device',
      {
        slots,
        slotBytes: 2 * (planes?.halfBytes ?? 0),
        view: (slot) => planes!.page(slot), // a device without planes has no slots to ask for
      },
      hotSlots,
    );
    this.hotSlots = hotSlots;
    this.#converted = new BigUint64Array(slots);
    this.#stagingCursor = hotSlots;
  }

  override get usedBytes(): number {
    return super.usedBytes + this.#stagedSlots * this.slotBytes;
  }

  isStaging(slot: number): boolean {
    return slot >= this.hotSlots;
  }

  /** A zeroed slot for a growing page, or -1. */
  takeTail(layer: number): number {
    const slot = this.allocator.allocate(layer);
    if (slot === undefined) return -1;
    const { k, v } = this.view(slot);
    k.fill(0);
    v.fill(0);
    return slot;
  }

  dropTail(slot: number): void {
    this.#checkTail(slot);
    this.allocator.free(slot);
  }

  /** The tail in `slot` is a page now. */
  adoptTail(slot: number, page: StoredPage): void {
    this.#checkTail(slot);
    this.map.set(page.handle, slot);
    this.finish(slot, true);
  }

  /**
   * The staging slot that is to be taken next, or -1 when kernels or loads have all of them. It may hold
   * a page that streamed through before: `remove` that one, then `beginStaged`.
   */
  nextStaging(): number {
    const staging = this.slots - this.hotSlots;
    for (let step = 0; step < staging; step += 1) {
      const slot = this.hotSlots + ((this.#stagingCursor - this.hotSlots + step) % staging);
      if (this.#isTakable(slot)) return slot;
    }
    return -1;
  }

  /** Staging slots that could be taken now. */
  get freeStaging(): number {
    let free = 0;
    for (let slot = this.hotSlots; slot < this.slots; slot += 1) if (this.#isTakable(slot)) free += 1;
    return free;
  }

  beginStaged(slot: number, handle: number): void {
    this.map.set(handle, slot);
    this.#stagedSlots += 1;
    this.#stagingCursor = slot + 1 < this.slots ? slot + 1 : this.hotSlots;
  }

  /** The checksum of what is in the slot, when that came from a tier that keeps less than the page; else 0. */
  convertedTo(slot: number): bigint {
    return this.#converted[slot]!;
  }

  setConverted(slot: number, checksum: bigint): void {
    this.#converted[slot] = checksum;
  }

  /** The page in the slot, or -1. */
  pageAt(slot: number): number {
    return this.map.handleAt(slot);
  }

  protected override forget(slot: number): void {
    this.#converted[slot] = 0n;
    super.forget(slot);
  }

  protected override release(slot: number): void {
    if (this.isStaging(slot)) this.#stagedSlots -= 1;
    else super.release(slot);
  }

  #isTakable(slot: number): boolean {
    const handle = this.map.handleAt(slot);
    return handle < 0 || (this.wholeSlot(handle) >= 0 && !this.isPinned(slot));
  }

  #checkTail(slot: number): void {
    if (this.isStaging(slot) || this.map.handleAt(slot) >= 0) {
      throw new KvError('internal', `slot ${slot} of the device is no tail`);
    }
  }
}
