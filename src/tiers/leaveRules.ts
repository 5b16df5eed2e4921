import type { CopyPolicies } from './copyPolicies.js';
import { place } from './lowerPlaces.js';
import type { PageHandle } from './pageHandle.js';
import type { PagePlaces } from './pagePlaces.js';
import type { PageRecords } from './pageRecords.js';

/** What is due on disk. */
export interface DiskDues {
  readonly isDiskWritable: boolean;
  /** The disk is full of what may not go; nothing was let go since. */
  readonly isStuck: boolean;
  /** A copy of the page is to be written, and can be. */
  isDue(handle: number): boolean;
}

interface LeaveRulesParts {
  readonly records: PageRecords;
  readonly places: PagePlaces;
  readonly policies: CopyPolicies;
}

/**
 * Which pages may leave a tier. A page is dropped only where another copy lies below, or where nobody wants it and no
 * copy is due or owed: one is owed where policies put it off until the page leaves, to a tier that admits it.
 */
export class LeaveRules {
  readonly #parts: LeaveRulesParts;
  readonly #dues: DiskDues;

  constructor(parts: LeaveRulesParts, dues: DiskDues) {
    this.#parts = parts;
    this.#dues = dues;
  }

  /** The device's copy of the page may be dropped. */
  mayLeaveDevice(handle: number): boolean {
    if (this.#parts.places.pinned.isHere(handle)) return true;
    return this.mayLeavePinned(handle) && !this.#isOwedPinned(handle);
  }

  /** The page may leave the device if it is copied to pinned memory, which has room for it. */
  mayGoDown(handle: number): boolean {
    const { places, policies, records } = this.#parts;
    if (!policies.mayOwe || places.pinned.free <= 0 || places.isBelow(handle)) return false;
    return policies.isDeferred(records.blockOf(handle)) && this.takesPinned(handle);
  }

  /** Pinned memory takes the page when it has to leave the device: because somebody wants it, or by admission. */
  takesPinned(handle: number): boolean {
    const { places, policies, records } = this.#parts;
    if (places.pinned.capacity === 0) return false;
    return records.isWanted(handle) || policies.admits('pinned', records.blockOf(handle));
  }

  /** The page has to get to the disk before it may go. */
  needsDisk(handle: number): boolean {
    return this.lacksDisk(handle) && (this.#parts.records.isWanted(handle) || this.isOwedDisk(handle));
  }

  /** Its copy on disk was put off until it leaves memory. */
  isOwedDisk(handle: number): boolean {
    const { policies, records } = this.#parts;
    if (!policies.mayOwe || this.#dues.isStuck || !this.lacksDisk(handle)) return false;
    const block = records.blockOf(handle);
    return policies.isDeferred(block) && policies.admits('disk', block);
  }

  mayLeavePinned(handle: number): boolean {
    const { device, disk } = this.#parts.places;
    const { records } = this.#parts;
    if (disk.isHere(handle)) return true;
    if (device.isInUse(handle)) return false;
    const isDue = this.#dues.isDue(handle) && !this.#isLost(handle);
    const isFree = disk.at(handle) === place.none && !isDue && !records.isWanted(handle);
    return isFree && !this.isOwedDisk(handle);
  }

  /** The page has no copy on disk, and could have one. */
  lacksDisk(handle: number): boolean {
    return this.#dues.isDiskWritable && this.#parts.places.disk.at(handle) === place.none;
  }

  /** It left its window, no live sequence needs it, or it is hot on the device. */
  isWorthLess(handle: PageHandle): boolean {
    const { places, records } = this.#parts;
    if (places.device.isHot(handle) || records.isOld(handle)) return true;
    return !records.isBlockWanted(records.blockOf(handle));
  }

  mayLeaveDisk(handle: number): boolean {
    const { device } = this.#parts.places;
    const { records } = this.#parts;
    if (device.isInUse(handle)) return false;
    return records.isOld(handle)
      ? !records.isWanted(handle)
      : !records.isBlockWanted(records.blockOf(handle));
  }

  /** What was put off and then found no room on disk keeps no room in memory either. */
  #isLost(handle: number): boolean {
    const { policies, records } = this.#parts;
    return this.#dues.isStuck && policies.isDeferred(records.blockOf(handle));
  }

  #isOwedPinned(handle: number): boolean {
    const { places, policies, records } = this.#parts;
    if (!policies.mayOwe || places.pinned.capacity === 0 || places.isBelow(handle)) return false;
    const block = records.blockOf(handle);
    return policies.isDeferred(block) && policies.admits('pinned', block);
  }
}
