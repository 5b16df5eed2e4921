import { type TierName, tierNames } from '../core/tierName.js';
import { type DevicePlaces, seat } from './devicePlaces.js';
import { type LowerPlaces, place } from './lowerPlaces.js';

/** Where pages are, over all tiers. */
export class PagePlaces {
  constructor(
    readonly device: DevicePlaces,
    readonly pinned: LowerPlaces,
    readonly disk: LowerPlaces,
  ) {}

  /** Whether a whole copy, one that only streams through aside, is in any tier. */
  isWhole(handle: number): boolean {
    return this.device.isHot(handle) || this.pinned.isHere(handle) || this.disk.isHere(handle);
  }

  /** Whether the page is whole somewhere, or about to be. */
  isKnown(handle: number): boolean {
    return this.isSeated(handle) || this.isBelow(handle);
  }

  /** Whether the page is on the device or on its way there. */
  isSeated(handle: number): boolean {
    return this.device.seatOf(handle) !== seat.none;
  }

  /** Whether a tier below the device has room taken for the page. */
  isBelow(handle: number): boolean {
    return this.pinned.at(handle) !== place.none || this.disk.at(handle) !== place.none;
  }

  /** Whether a copy below the device is being read or lent. */
  isRead(handle: number): boolean {
    return this.pinned.isRead(handle) || this.disk.isRead(handle);
  }

  /** Whether the page is on its way anywhere, or somebody reads it. */
  isBusy(handle: number): boolean {
    const isMoving = this.pinned.isMoving(handle) || this.disk.isMoving(handle);
    return isMoving || this.device.isBusy(handle) || this.isRead(handle);
  }

  /** Takes a page that is not busy out of every tier; from the disk it starts to leave. */
  takeOut(handle: number): void {
    this.device.remove(handle);
    if (this.disk.isHere(handle)) this.disk.leave(handle);
    if (!this.pinned.isHere(handle)) return;
    this.pinned.leave(handle);
    this.pinned.left(handle);
  }

  /** A sequence took or let go of a page of the block. */
  accessBlock(block: number): void {
    this.pinned.accessBlock(block);
    this.disk.accessBlock(block);
  }

  /** The page left its window, or is wanted again. */
  setOld(handle: number, isOld: boolean): void {
    this.pinned.setOld(handle, isOld);
    this.disk.setOld(handle, isOld);
  }

  /** The tiers that hold the page whole. */
  tiersOf(handle: number): readonly TierName[] {
    const at = this.device.seatOf(handle);
    const isIn = {
      device: at === seat.hot || at === seat.staged,
      pinned: this.pinned.isHere(handle),
      disk: this.disk.isHere(handle),
    };
    return tierNames.filter((tier) => isIn[tier]);
  }
}
