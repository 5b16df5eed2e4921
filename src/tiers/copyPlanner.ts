import { HandleList } from '../policy/handleList.js';
import { copiedPage } from './copiedPage.js';
import type { CopyPolicies } from './copyPolicies.js';
import { type DiskWatermarks, watermarkPages } from './diskWatermarks.js';
import { type DiskDues, LeaveRules } from './leaveRules.js';
import { place } from './lowerPlaces.js';
import type { PageHandle } from './pageHandle.js';
import type { PagePlaces } from './pagePlaces.js';
import type { PageRecords } from './pageRecords.js';
import type { LowerTierName, TableEffect } from './tableEvents.js';

export interface CopyPlannerParts {
  readonly records: PageRecords;
  readonly places: PagePlaces;
  readonly policies: CopyPolicies;
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
 * Decides which copies are made below the device, and what goes to make room for them, by `LeaveRules`. Copies of
 * what somebody wants are made for room without asking who admits them.
 */
export class CopyPlanner implements DiskDues {
  readonly rules: LeaveRules;
  readonly #parts: CopyPlannerParts;
  /** Pages that are due on disk, in the order in which they get there. */
  readonly #dirty = new HandleList();
  #diskStores = 0;
  #isDiskWritable: boolean;
  /** The disk is full of what may not go; nothing was let go since. */
  #isStuck = false;
  /** Nothing may leave pinned memory for what is worth more; nothing was let go or written since. */
  #isPinnedStuck = false;
  /** The disk was above its high watermark, and is not down to the low one yet. */
  #isTrimming = false;
  /** Nothing on disk may go; nothing was let go since. */
  #isTrimStuck = false;

  constructor(parts: CopyPlannerParts) {
    this.#parts = parts;
    this.#isDiskWritable = parts.places.disk.capacity > 0;
    this.rules = new LeaveRules(parts, this);
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

  get isStuck(): boolean {
    return this.#isStuck;
  }

  isDue(handle: number): boolean {
    return this.#isDiskWritable && this.#dirty.has(handle);
  }

  /** The page is due on disk, and copies or removals under way make it likely to get there. */
  isComing(handle: number): boolean {
    return this.#isDiskWritable && !this.isIdle && this.#dirty.has(handle);
  }

  /** @param isWritable again, after it was not: whatever lacks a copy there is due. */
  setDiskWritable(isWritable: boolean): void {
    this.#isDiskWritable = isWritable;
    if (!isWritable) return;
    const { places, records } = this.#parts;
    for (const handle of records.all()) if (places.isWhole(handle)) this.wantDisk(handle);
    this.retry();
  }

  /** Something was let go: what did not fit may fit now. */
  retry(): void {
    this.#isStuck = false;
    this.#isTrimStuck = false;
    this.#isPinnedStuck = false;
  }

  /** The page should have a copy on disk, unless policies say that it gets none now. */
  wantDisk(handle: number): void {
    const { policies, records } = this.#parts;
    const block = records.blockOf(handle);
    if (this.rules.lacksDisk(handle) && !policies.isDeferred(block) && policies.admits('disk', block))
      this.#dirty.pushBack(handle);
  }

  /** Copies that were put off are due on disk now; with `everything` those too that the disk did not admit. */
  wantAll(which: 'owed' | 'everything'): void {
    const { places, policies, records } = this.#parts;
    if (!policies.mayOwe) return;
    for (const handle of records.all()) {
      if (!places.isWhole(handle) || !this.rules.lacksDisk(handle)) continue;
      if (which === 'everything' || this.rules.isOwedDisk(handle)) this.#dirty.pushBack(handle);
    }
  }

  /** No copy is left to write from. */
  forget(handle: number): void {
    this.#dirty.remove(handle);
  }

  /** Room in pinned memory for a page that may have to go down: one page there, if what is there is worth less. */
  openPinned(): void {
    const { policies, places } = this.#parts;
    const { pinned } = places;
    if (!policies.mayOwe || this.#isPinnedStuck || pinned.capacity === 0 || pinned.free > 0) return;
    this.#freePinned((victim) => this.rules.isWorthLess(victim) && this.rules.mayLeavePinned(victim));
    if (pinned.free > 0) return;
    this.#isPinnedStuck = true;
    this.writePinned('owed');
  }

  /**
   * Copies of pages that only pinned memory has are due, the longest unused first, and no more at once than are written
   * at once: those that are owed, or also what is wanted, which has to go down for room whoever admits it.
   * @returns whether some are on their way.
   */
  writePinned(which: 'owed' | 'wanted'): boolean {
    const { diskStoresMax, places, policies, records } = this.#parts;
    if (!policies.mayOwe || !this.#isDiskWritable || this.#isStuck) return false;
    places.pinned.retention.visitUnused((block) => {
      records.forEachPage(block, (handle) => {
        const isAlone = places.pinned.isHere(handle) && !this.#dirty.has(handle);
        const isMeant = which === 'owed' ? this.rules.isOwedDisk(handle) : this.rules.needsDisk(handle);
        if (isAlone && isMeant) this.#dirty.pushBack(handle);
      });
      return this.#dirty.size < diskStoresMax ? 'more' : 'enough';
    });
    this.pump();
    return this.#diskStores > 0;
  }

  /** A copy of the page on disk is due, whatever policies say. @returns whether it, or another, is on its way. */
  writeNow(handle: number): boolean {
    if (this.rules.lacksDisk(handle)) this.#dirty.pushBack(handle);
    this.pump();
    return this.#diskStores > 0;
  }

  /** Copies the page to pinned memory as `fillPinned` does, where that admits it. */
  copyToPinned(handle: PageHandle): void {
    const { emit, policies, records } = this.#parts;
    if (policies.admits('pinned', records.blockOf(handle)) && this.fillPinned(handle))
      emit({ kind: 'store', page: records.page(handle), to: 'pinned' });
  }

  /** A page from disk that only passes through takes free room in pinned memory, but nobody's place. */
  copyPassing(handle: PageHandle): void {
    const { places, records } = this.#parts;
    const isWorthIt = !places.device.isHot(handle) && !records.isOld(handle);
    if (isWorthIt && places.pinned.free > 0) this.copyToPinned(handle);
  }

  /**
   * Copies the page to pinned memory if there is room, or if what is there is worth less: what left its
   * window, what no live sequence needs, and what is hot on the device and on disk anyway.
   */
  fillPinned(handle: PageHandle): boolean {
    return this.#expectPinned(
      handle,
      (victim) => this.rules.isWorthLess(victim) && this.rules.mayLeavePinned(victim),
    );
  }

  /** As `fillPinned`, but gives up whatever has a copy on disk: the device needs the room. */
  forcePinned(handle: PageHandle): boolean {
    if (this.#expectPinned(handle, (victim) => this.rules.mayLeavePinned(victim))) return true;
    if (!this.#parts.policies.mayOwe) return false;
    // Where copies are made page by page, no whole block may have them.
    const copied = copiedPage(this.#parts.places, this.#parts.records);
    if (copied === null) return false;
    this.#dropPinned(copied);
    return this.#expectPinned(handle, () => false);
  }

  #dropPinned(handle: PageHandle): void {
    const { emit, places, records, settle } = this.#parts;
    places.pinned.leave(handle);
    places.pinned.left(handle);
    emit({ kind: 'drop', page: records.page(handle), from: 'pinned' });
    settle(handle);
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
    this.#isPinnedStuck = false;
    if (!ok && this.rules.lacksDisk(handle)) this.#dirty.pushBack(handle);
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

  #expectPinned(handle: PageHandle, mayGo: (victim: PageHandle) => boolean): boolean {
    const { pinned } = this.#parts.places;
    if (pinned.capacity === 0 || pinned.at(handle) !== place.none) return false;
    if (pinned.free <= 0) this.#freePinned(mayGo);
    if (pinned.free <= 0) {
      this.writePinned('owed');
      return false;
    }
    pinned.expect(handle);
    return true;
  }

  #freePinned(mayGo: (victim: PageHandle) => boolean): void {
    const { places, policies, records } = this.#parts;
    const victims = places.pinned.chooseVictims(mayGo);
    if (victims[0] !== undefined) policies.left('pinned', records.blockOf(victims[0]));
    for (const victim of victims) this.#dropPinned(victim);
  }

  #expectOnDisk(handle: PageHandle): void {
    this.#dirty.remove(handle);
    this.#parts.places.disk.expect(handle);
    this.#diskStores += 1;
  }

  #evictFromDisk(): boolean {
    const { disk } = this.#parts.places;
    const { emit, policies, records, settle } = this.#parts;
    const victims = disk.chooseVictims((handle) => this.rules.mayLeaveDisk(handle));
    if (victims[0] !== undefined) policies.left('disk', records.blockOf(victims[0]));
    for (const handle of victims) {
      disk.leave(handle);
      emit({ kind: 'drop', page: records.page(handle), from: 'disk' });
      settle(handle);
    }
    return victims.length > 0;
  }
}
