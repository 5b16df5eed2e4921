import { HandleList } from '../policy/handleList.js';
import { type DiskWatermarks, watermarkPages } from './diskWatermarks.js';
import { place } from './lowerPlaces.js';
import type { PageHandle } from './pageHandle.js';
import type { PagePlaces } from './pagePlaces.js';
import type { PageRecords } from './pageRecords.js';
import type { LowerTierName, TableEffect } from './tableEvents.js';

export interface CopyPlannerParts {
  readonly records: PageRecords;
  readonly places: PagePlaces;
  /** Stores to disk under way at once. */
  readonly diskStoresMax: number;
  readonly diskWatermarks: DiskWatermarks;
  readonly emit: (effect: TableEffect) => void;
  /** The copy left a tier. */
  readonly settle: (handle: PageHandle) => void;
}

/** Where a page given from outside goes. */
export type Intake = LowerTierName | 'wait' | 'full';

/**
 * Decides which copies are made below the device, and what goes to make room for them. A page is dropped
 * only where another copy lies below, or where nobody wants it and no copy is due.
 */
export class CopyPlanner {
  readonly #parts: CopyPlannerParts;
  /** Pages that are due on disk, in the order in which they get there. */
  readonly #dirty = new HandleList();
  #diskStores = 0;
  #isDiskWritable: boolean;
  /** The disk is full of what may not go; nothing was let go since. */
  #isStuck = false;
  /** The disk was above its high watermark, and is not down to the low one yet. */
  #isTrimming = false;
  /** Nothing on disk may go; nothing was let go since. */
  #isTrimStuck = false;

  constructor(parts: CopyPlannerParts) {
    this.#parts = parts;
    this.#isDiskWritable = parts.places.disk.capacity > 0;
  }

  get isDiskWritable(): boolean {
    return this.#isDiskWritable;
  }

  get diskStores(): number {
    return this.#diskStores;
  }

  /** Nothing is on its way to or from the disk, and nothing will be until something else changes. */
  get isIdle(): boolean {
    return this.#diskStores === 0 && this.#parts.places.disk.leaving === 0;
  }

  /** The page is due on disk, and copies or removals under way make it likely to get there. */
  isComing(handle: number): boolean {
    return this.#isDiskWritable && !this.isIdle && this.#dirty.has(handle);
  }

  closeDisk(): void {
    this.#isDiskWritable = false;
  }

  /** Something was let go: what did not fit may fit now. */
  retry(): void {
    this.#isStuck = false;
    this.#isTrimStuck = false;
  }

  /** The page should have a copy on disk. */
  wantDisk(handle: number): void {
    if (this.#isDiskWritable && this.#parts.places.disk.at(handle) === place.none)
      this.#dirty.pushBack(handle);
  }

  /** No copy is left to write from. */
  forget(handle: number): void {
    this.#dirty.remove(handle);
  }

  /** The device's copy of the page may be dropped. */
  mayLeaveDevice(handle: number): boolean {
    return this.#parts.places.pinned.isHere(handle) || this.#mayLeavePinned(handle);
  }

  /**
   * Copies the page to pinned memory if there is room, or if what is there is worth less: what left its
   * window, what no live sequence needs, and what is hot on the device and on disk anyway.
   */
  fillPinned(handle: PageHandle): boolean {
    const { device } = this.#parts.places;
    const { records } = this.#parts;
    const isWorthLess = (victim: PageHandle) =>
      device.isHot(victim) || records.isOld(victim) || !records.isBlockWanted(records.blockOf(victim));
    return this.#expectPinned(handle, (victim) => isWorthLess(victim) && this.#mayLeavePinned(victim));
  }

  /** As `fillPinned`, but gives up whatever has a copy on disk: the device needs the room. */
  forcePinned(handle: PageHandle): boolean {
    return this.#expectPinned(handle, (victim) => this.#mayLeavePinned(victim));
  }

  /** Takes room below for a page that no tier holds yet. */
  takeIn(handle: PageHandle): Intake {
    const { disk } = this.#parts.places;
    if (this.fillPinned(handle)) return 'pinned';
    if (!this.#isDiskWritable) return 'full';
    if (disk.free <= 0 && disk.leaving === 0) this.#evictFromDisk();
    if (disk.free > 0) {
      this.#expectOnDisk(handle);
      return 'disk';
    }
    return disk.leaving > 0 ? 'wait' : 'full';
  }

  diskStored(handle: PageHandle, ok: boolean): void {
    this.#diskStores -= 1;
    // What has come may be what goes next. What could not come would only fail again.
    this.#isStuck = !ok;
    if (!ok) this.wantDisk(handle);
  }

  /** Starts what write-backs there is room for, and makes room for those that wait. */
  pump(): void {
    const { disk } = this.#parts.places;
    const { emit } = this.#parts;
    if (!this.#isDiskWritable) return;
    this.#trimToWatermark();
    if (this.#isStuck) return;
    while (this.#dirty.size > 0 && this.#diskStores < this.#parts.diskStoresMax && disk.free > 0) {
      const page = this.#parts.records.page(this.#dirty.first);
      this.#expectOnDisk(page.handle);
      emit({ kind: 'store', page, to: 'disk' });
    }
    const wanted = Math.min(this.#dirty.size, this.#parts.diskStoresMax);
    while (disk.free + disk.leaving < wanted) {
      if (this.#evictFromDisk()) continue;
      this.#isStuck = true;
      return;
    }
  }

  /** A few at a time: each that is gone asks again. */
  #trimToWatermark(): void {
    const { disk } = this.#parts.places;
    const { diskStoresMax, diskWatermarks } = this.#parts;
    const { high, low } = watermarkPages(diskWatermarks, disk.capacity);
    const staying = () => disk.capacity - disk.free - disk.leaving;
    if (staying() > high) this.#isTrimming = true;
    while (this.#isTrimming && !this.#isTrimStuck && disk.leaving < diskStoresMax) {
      if (staying() <= low) this.#isTrimming = false;
      else if (!this.#evictFromDisk()) this.#isTrimStuck = true;
    }
  }

  /** Drops pages from the disk until what it holds fits its budget, or nothing may go. */
  trimDisk(): void {
    const { disk } = this.#parts.places;
    while (disk.free + disk.leaving < 0 && this.#evictFromDisk());
  }

  #mayLeavePinned(handle: number): boolean {
    const { device, disk } = this.#parts.places;
    const { records } = this.#parts;
    if (disk.isHere(handle)) return true;
    if (device.isInUse(handle)) return false;
    const isDue = this.#isDiskWritable && this.#dirty.has(handle);
    return disk.at(handle) === place.none && !isDue && !records.isWanted(handle);
  }

  #mayLeaveDisk(handle: number): boolean {
    const { device } = this.#parts.places;
    const { records } = this.#parts;
    if (device.isInUse(handle)) return false;
    return records.isOld(handle)
      ? !records.isWanted(handle)
      : !records.isBlockWanted(records.blockOf(handle));
  }

  #expectPinned(handle: PageHandle, mayGo: (victim: PageHandle) => boolean): boolean {
    const { pinned } = this.#parts.places;
    if (pinned.capacity === 0 || pinned.at(handle) !== place.none) return false;
    if (pinned.free <= 0) {
      for (const victim of pinned.chooseVictims(mayGo)) {
        pinned.leave(victim);
        pinned.left(victim);
        this.#parts.emit({ kind: 'drop', page: this.#parts.records.page(victim), from: 'pinned' });
        this.#parts.settle(victim);
      }
    }
    if (pinned.free <= 0) return false;
    pinned.expect(handle);
    return true;
  }

  #expectOnDisk(handle: PageHandle): void {
    this.#dirty.remove(handle);
    this.#parts.places.disk.expect(handle);
    this.#diskStores += 1;
  }

  #evictFromDisk(): boolean {
    const { disk } = this.#parts.places;
    const { emit, records, settle } = this.#parts;
    const victims = disk.chooseVictims((handle) => this.#mayLeaveDisk(handle));
    for (const handle of victims) {
      disk.leave(handle);
      emit({ kind: 'drop', page: records.page(handle), from: 'disk' });
      settle(handle);
    }
    return victims.length > 0;
  }
}
