import type { CopyPlanner } from './copyPlanner.js';
import { place } from './lowerPlaces.js';
import type { PageHandle } from './pageHandle.js';
import type { PagePlaces } from './pagePlaces.js';
import type { PageRecords } from './pageRecords.js';
import type { TableEffect } from './tableEvents.js';

export type TailDecision = 'granted' | 'wait' | 'full';

export interface DeviceRoomParts {
  readonly records: PageRecords;
  readonly places: PagePlaces;
  readonly copies: CopyPlanner;
  readonly emit: (effect: TableEffect) => void;
  readonly settle: (handle: PageHandle) => void;
}

/** Makes room in the device's hot slots: for tails whatever it takes, for loaded pages what residency grants. */
export class DeviceRoom {
  readonly #parts: DeviceRoomParts;
  readonly #mayLeave: (handle: number) => boolean;

  constructor(parts: DeviceRoomParts) {
    this.#parts = parts;
    this.#mayLeave = (handle) => parts.copies.mayLeaveDevice(handle);
  }

  /** Takes a hot slot for a page that is to be loaded, if residency wants the page to stay. */
  admit(handle: number): boolean {
    const { device } = this.#parts.places;
    if (!device.admits(handle, this.#mayLeave)) return false;
    if (device.freeHotSlots <= 0 && !this.#evict(this.#mayLeave)) return false;
    device.expectHot(handle);
    return true;
  }

  takeTail(): TailDecision {
    const decision = this.#makeRoom();
    if (decision === 'granted') this.#parts.places.device.takeTail();
    return decision;
  }

  #makeRoom(): TailDecision {
    const { device, disk } = this.#parts.places;
    const { copies } = this.#parts;
    if (device.freeHotSlots > 0 || this.#evict(this.#mayLeave)) return 'granted';
    if (copies.diskStores > 0) return 'wait';
    if (this.#moveDown()) return 'granted';
    if (this.#evict((handle) => this.#isUnwanted(handle))) return 'granted';
    return device.hotInUse > 0 || disk.leaving > 0 ? 'wait' : 'full';
  }

  #evict(mayGo: (handle: number) => boolean): boolean {
    const { device } = this.#parts.places;
    const { emit, records, settle } = this.#parts;
    const victim = device.evict(mayGo);
    if (victim < 0) return false;
    const page = records.page(victim);
    emit({ kind: 'drop', page, from: 'device' });
    settle(page.handle);
    return true;
  }

  /** Moves one hot page to pinned memory, in place of one that the disk holds too. */
  #moveDown(): boolean {
    const { device, pinned } = this.#parts.places;
    const { copies, emit, records } = this.#parts;
    const victim = device.evict((handle) => pinned.at(handle) === place.none);
    if (victim < 0) return false;
    const page = records.page(victim);
    if (!copies.forcePinned(page.handle)) {
      device.reseat(victim);
      return false;
    }
    emit({ kind: 'store', page, to: 'pinned' });
    emit({ kind: 'drop', page, from: 'device' });
    return true;
  }

  /** Nobody wants the page, and no tier below has room for it. */
  #isUnwanted(handle: number): boolean {
    const { disk } = this.#parts.places;
    const { records } = this.#parts;
    return !records.isWanted(handle) && disk.at(handle) === place.none;
  }
}
