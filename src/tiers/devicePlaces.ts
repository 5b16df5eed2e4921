import type { ResidencyPolicy } from '../policy/policy.js';
import { grown, int32Column, uint8Column } from './grown.js';
import { LivePolicy } from './livePolicy.js';
import type { PageRecords } from './pageRecords.js';
import type { TierPolicy } from './pageTableOptions.js';
import type { TierColumns } from './tierColumns.js';

/** Where a page is on the device. A staged copy passes through and is never the only one. */
export const seat = { none: 0, hotComing: 1, hot: 2, stagedComing: 3, staged: 4 } as const;

/**
 * Who sits in the device's arena: tails, hot pages and, in slots of their own, pages that stream through.
 * Hot pages and tails share the hot slots; a tail comes before any page.
 */
export class DevicePlaces {
  /** Slots for tails and hot pages. */
  readonly hotSlots: number;
  readonly #records: PageRecords;
  readonly #columns: TierColumns;
  /** Of hot pages. */
  readonly residency: LivePolicy<ResidencyPolicy>;
  #seat = new Uint8Array(256);
  #uses = new Int32Array(256);
  #hotInLayer = new Int32Array(64);
  #tails = 0;
  #hot = 0;
  #hotInUse = 0;

  constructor(
    hotSlots: number,
    records: PageRecords,
    columns: TierColumns,
    policy: TierPolicy<ResidencyPolicy>,
  ) {
    this.hotSlots = hotSlots;
    this.#records = records;
    this.#columns = columns;
    this.residency = new LivePolicy({
      ...policy,
      columns,
      capacity: Math.max(1, hotSlots),
      introduce: (residency, handle) => {
        residency.insert(handle);
        if (!records.isHeld(handle)) residency.setNeeded(handle, false);
      },
    });
  }

  get freeHotSlots(): number {
    return this.hotSlots - this.#tails - this.#hot;
  }

  /** Growing pages have every hot slot. */
  get isAllTails(): boolean {
    return this.#tails >= this.hotSlots;
  }

  /** Hot pages that a kernel reads or that are on their way. */
  get hotInUse(): number {
    return this.#hotInUse;
  }

  seatOf(handle: number): number {
    return this.#seat[handle] ?? seat.none;
  }

  isHot(handle: number): boolean {
    return this.seatOf(handle) === seat.hot;
  }

  isInUse(handle: number): boolean {
    return (this.#uses[handle] ?? 0) > 0;
  }

  /** A kernel reads the page, somebody borrows it, or it is on its way here. */
  isBusy(handle: number): boolean {
    const at = this.seatOf(handle);
    return at === seat.hotComing || at === seat.stagedComing || this.isInUse(handle);
  }

  takeTail(): void {
    this.#countTails(1);
  }

  dropTail(): void {
    this.#countTails(-1);
  }

  /** A tail became the page. */
  seatTail(handle: number): void {
    this.#countTails(-1);
    this.#countHot(handle, 1);
    this.#sit(handle, seat.hot);
    this.residency.insert(handle);
  }

  /** A page is about to be loaded: does it stay, be it in place of one that `mayGo`? */
  admits(handle: number, mayGo: (handle: number) => boolean): boolean {
    const isProtected = (other: number) => this.isInUse(other) || !mayGo(other);
    const freeSlots = this.#hasShare(handle) ? this.freeHotSlots : 0;
    this.#columns.write(handle);
    return this.residency.ask((policy) => policy.admit(handle, freeSlots, isProtected)) === 'admit';
  }

  expectHot(handle: number): void {
    this.#countHot(handle, 1);
    this.#hotInUse += 1;
    this.#sit(handle, seat.hotComing);
  }

  expectStaged(handle: number): void {
    this.#sit(handle, seat.stagedComing);
  }

  /** The expected page is whole, or did not come. */
  arrive(handle: number, ok: boolean): void {
    const wasHot = this.seatOf(handle) === seat.hotComing;
    if (wasHot && !this.isInUse(handle)) this.#hotInUse -= 1;
    if (!ok) {
      if (wasHot) this.#countHot(handle, -1);
      this.#seat[handle] = seat.none;
      return;
    }
    this.#seat[handle] = wasHot ? seat.hot : seat.staged;
    if (wasHot) this.residency.insert(handle);
  }

  /** A staged page makes way. */
  leaveStaging(handle: number): void {
    this.#seat[handle] = seat.none;
  }

  beginUse(handle: number): void {
    this.#uses[handle]! += 1;
    if (this.#uses[handle] === 1 && this.isHot(handle)) this.#hotInUse += 1;
  }

  /** A step reads the page. */
  access(handle: number): void {
    if (this.isHot(handle)) this.residency.access(handle);
  }

  /** True when nobody uses the page any more. */
  endUse(handle: number): boolean {
    this.#uses[handle]! -= 1;
    if (this.#uses[handle] !== 0) return false;
    if (this.isHot(handle)) this.#hotInUse -= 1;
    return true;
  }

  setNeeded(handle: number, needed: boolean): void {
    if (this.isHot(handle)) this.residency.tell(handle, (policy) => policy.setNeeded(handle, needed));
  }

  /** Takes one hot page that `mayGo` off the device: its handle, or -1 with nothing changed. */
  evict(mayGo: (handle: number) => boolean): number {
    const eviction = this.residency.evict(1, (handle) => this.isInUse(handle) || !mayGo(handle));
    const victim = eviction.kind === 'none' ? undefined : eviction.handles[0];
    if (victim === undefined) return -1;
    this.#seat[victim] = seat.none;
    this.#countHot(victim, -1);
    return victim;
  }

  /** Takes a page that nobody uses off the device, if it is there. */
  remove(handle: number): void {
    if (this.isHot(handle)) {
      this.residency.remove(handle);
      this.#countHot(handle, -1);
    }
    if (this.seatOf(handle) !== seat.none) this.#seat[handle] = seat.none;
  }

  /** Takes an eviction back: its slot was not given to another. */
  reseat(handle: number): void {
    this.#countHot(handle, 1);
    this.#seat[handle] = seat.hot;
    this.residency.insert(handle);
  }

  /**
   * Free slots are shared by what each layer has to read. Where one layer's pages all stayed, it would load
   * nothing, and the next one more than can be loaded while it computes.
   */
  #hasShare(handle: number): boolean {
    const share = (this.hotSlots - this.#tails) * this.#records.heldShare(handle);
    return !this.#records.isHeld(handle) || (this.#hotInLayer[this.#records.layerOf(handle)] ?? 0) < share;
  }

  #countHot(handle: number, change: 1 | -1): void {
    const layer = this.#records.layerOf(handle);
    this.#hot += change;
    this.#hotInLayer = grown(this.#hotInLayer, layer, int32Column);
    this.#hotInLayer[layer]! += change;
  }

  /** Growing pages take room that the policy then has no more. */
  #countTails(change: 1 | -1): void {
    this.#tails += change;
    this.residency.resize(Math.max(1, this.hotSlots - this.#tails));
  }

  #sit(handle: number, at: number): void {
    this.#seat = grown(this.#seat, handle, uint8Column);
    this.#uses = grown(this.#uses, handle, int32Column);
    this.#seat[handle] = at;
  }
}
