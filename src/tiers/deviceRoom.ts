import type { CopyPlanner } from './copyPlanner.js';
import type { CopyPolicies } from './copyPolicies.js';
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
  readonly policies: CopyPolicies;
  readonly emit: (effect: TableEffect) => void;
  readonly settle: (handle: PageHandle) => void;
}

/** Makes room in the device's hot slots: for tails whatever it takes, for loaded pages what residency grants. */
export class DeviceRoom {
  readonly #parts: DeviceRoomParts;
  /** Once it has been copied down, if it lies nowhere below. */
  readonly #mayGo: (handle: number) => boolean;

  constructor(parts: DeviceRoomParts) {
    this.#parts = parts;
    const { rules } = parts.copies;
    this.#mayGo = (handle) => rules.mayLeaveDevice(handle) || rules.mayGoDown(handle);
  }

  /** Takes a hot slot for a page that is to be loaded, if residency wants the page to stay. */
  admit(handle: number): boolean {
    const { device } = this.#parts.places;
    if (device.freeHotSlots <= 0) this.#parts.copies.openPinned();
    if (!device.admits(handle, this.#mayGo)) return false;
    if (device.freeHotSlots <= 0 && !this.#evict(this.#mayGo)) return false;
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
    if (device.freeHotSlots > 0) return 'granted';
    copies.openPinned();
    if (this.#evict(this.#mayGo)) return 'granted';
    if (copies.diskStores > 0) return 'wait';
    if (this.#moveDown()) return 'granted';
    if (this.#writeBack()) return 'wait';
    if (this.#evict((handle) => this.#isUnwanted(handle))) return 'granted';
    return device.hotInUse > 0 || disk.leaving > 0 ? 'wait' : 'full';
  }

  #evict(mayGo: (handle: number) => boolean): boolean {
    const { device } = this.#parts.places;
    const { copies, emit, records, settle } = this.#parts;
    const victim = device.evict(mayGo);
    if (victim < 0) return false;
    const page = records.page(victim);
    const goesDown = copies.rules.mayGoDown(victim) && copies.fillPinned(page.handle);
    if (goesDown) emit({ kind: 'store', page, to: 'pinned' });
    emit({ kind: 'drop', page, from: 'device' });
    // One that goes down is whole all the time.
    if (!goesDown) settle(page.handle);
    return true;
  }

  /** Moves one hot page to pinned memory, in place of one that the disk holds too. */
  #moveDown(): boolean {
    const { device, pinned } = this.#parts.places;
    const { copies, emit, policies, records } = this.#parts;
    const victim = device.evict(
      (handle) => pinned.at(handle) === place.none && (!policies.mayOwe || copies.rules.takesPinned(handle)),
    );
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

  /** Where policies put copies off or refused them, and the room is needed now. @returns whether some are on their way. */
  #writeBack(): boolean {
    const { copies, policies } = this.#parts;
    const { rules } = copies;
    if (!policies.mayOwe) return false;
    return (
      this.#writeVictim((handle) => rules.needsDisk(handle) && !rules.takesPinned(handle)) ||
      copies.writePinned('wanted') ||
      this.#writeVictim((handle) => rules.needsDisk(handle))
    );
  }

  #writeVictim(test: (handle: number) => boolean): boolean {
    const { device, pinned } = this.#parts.places;
    const victim = device.evict((handle) => pinned.at(handle) === place.none && test(handle));
    if (victim < 0) return false;
    device.reseat(victim);
    return this.#parts.copies.writeNow(victim);
  }

  /** Nobody wants the page, and no tier below has room for it. */
  #isUnwanted(handle: number): boolean {
    const { disk } = this.#parts.places;
    const { records } = this.#parts;
    return !records.isWanted(handle) && disk.at(handle) === place.none;
  }
}
