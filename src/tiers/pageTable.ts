import { AnnouncedPages } from './announcedPages.js';
import { CopyPlanner, type Intake } from './copyPlanner.js';
import type { CopyPolicies } from './copyPolicies.js';
import { type DevicePlaces, seat } from './devicePlaces.js';
import { DeviceRoom, type TailDecision } from './deviceRoom.js';
import { FlushScope } from './flushScope.js';
import type { LowerPlaces } from './lowerPlaces.js';
import { openCopyPolicies } from './openCopyPolicies.js';
import { openPlaces } from './openPlaces.js';
import type { PageHandle } from './pageHandle.js';
import type { PagePlaces } from './pagePlaces.js';
import { PageRecords } from './pageRecords.js';
import type { PageRequest } from './pageRequest.js';
import type { PageTableOptions } from './pageTableOptions.js';
import type { LowerTierName, TableEffect, TableEvent } from './tableEvents.js';
import { UsedBlocks } from './usedBlocks.js';

export type LoadPlace = 'hot' | 'staging';

const nothing: readonly TableEffect[] = [];

/**
 * Knows in which tiers each page of the worker is and which moves are under way, and decides what is
 * copied and what goes. Pure: the stack does what the effects say, in their order, and tells how it ended.
 * `use`, `placeLoad`, `endUse` run for every page of a step and allocate nothing unless something is evicted.
 */
export class PageTable {
  readonly records: PageRecords;
  readonly places: PagePlaces;
  readonly copyPolicies: CopyPolicies;
  readonly #device: DevicePlaces;
  readonly #disk: LowerPlaces;
  readonly #copies: CopyPlanner;
  readonly #room: DeviceRoom;
  readonly #announced = new AnnouncedPages();
  #effects: TableEffect[] = [];
  #nowMs = 0;
  readonly #used: UsedBlocks;

  constructor(options: PageTableOptions) {
    const records = new PageRecords(options.layers);
    this.records = records;
    this.places = openPlaces(records, options);
    this.copyPolicies = openCopyPolicies(records, this.places, options);
    this.#used = new UsedBlocks(records, [this.copyPolicies, ...(options.listeners ?? [])]);
    this.#device = this.places.device;
    this.#disk = this.places.disk;
    const parts = {
      records,
      places: this.places,
      policies: this.copyPolicies,
      emit: (effect: TableEffect) => void this.#effects.push(effect),
      settle: (handle: PageHandle) => this.#settle(handle),
    };
    const { diskStoresMax, diskWatermarks } = options;
    this.#copies = new CopyPlanner({ ...parts, diskStoresMax, diskWatermarks });
    this.#room = new DeviceRoom({ ...parts, copies: this.#copies });
  }

  /** No copy to or from the disk is under way or due. */
  get isDiskIdle(): boolean {
    return this.#copies.isIdle;
  }

  /** Starts what copies can be made now, those too that policies put off or refused; the scope tells how far they get. */
  beginFlush(): { readonly scope: FlushScope; readonly effects: readonly TableEffect[] } {
    this.#copies.wantAll('everything');
    this.#copies.pump();
    const scope = new FlushScope(this.records, this.places, this.#copies);
    return { scope, effects: this.#take() };
  }

  /** The memory tiers are to end: what was to be copied when it leaves them is due. */
  beginClose(): readonly TableEffect[] {
    this.#copies.wantAll('owed');
    this.#copies.pump();
    return this.#take();
  }

  /** @param nowMs by a clock that never goes backwards. */
  handle(event: TableEvent, nowMs: number): readonly TableEffect[] {
    this.#nowMs = nowMs;
    this.#apply(event);
    this.#copies.pump();
    return this.#take();
  }

  /** Room for one more growing page. With `wait`, ask again after the next event or `endUse`. */
  takeTail(): { readonly decision: TailDecision; readonly effects: readonly TableEffect[] } {
    const decision = this.#room.takeTail();
    return { decision, effects: this.#take() };
  }

  /** Makes room for a page that is to be loaded: a hot slot now, or else a staging slot is to be found. */
  placeLoad(handle: number): { readonly place: LoadPlace; readonly effects: readonly TableEffect[] } {
    const isAdmitted = this.#room.admit(handle);
    if (this.#effects.length === 0) return isAdmitted ? admitted : streamed;
    return { place: isAdmitted ? 'hot' : 'staging', effects: this.#take() };
  }

  /** The load goes to a staging slot. */
  expectStaged(handle: number): void {
    this.#device.expectStaged(handle);
  }

  /** A staged page makes way for another. */
  leaveStaging(handle: PageHandle): readonly TableEffect[] {
    this.#device.leaveStaging(handle);
    this.#settle(handle);
    return this.#take();
  }

  /** A step reads the page. */
  access(handle: number): void {
    this.#device.access(handle);
  }

  /** The device's copy stays until `endUse`. */
  beginUse(handle: number): void {
    this.#device.beginUse(handle);
  }

  /** One use of the page ends. */
  endUse(handle: PageHandle): readonly TableEffect[] {
    if (!this.#device.endUse(handle) || this.places.isWhole(handle)) return nothing;
    this.#settle(handle);
    return this.#take();
  }

  /** A lower copy is read: it stays until `endRead`. */
  beginRead(handle: number, tier: LowerTierName): void {
    this.places[tier].beginRead(handle);
  }

  endRead(handle: PageHandle, tier: LowerTierName): readonly TableEffect[] {
    this.places[tier].endRead(handle);
    if (this.places.isWhole(handle)) return nothing;
    this.#settle(handle);
    return this.#take();
  }

  /** Room in pinned memory for a page that is not there, if what is there is worth less; ends with `stored`. */
  takePinned(handle: PageHandle): { readonly isTaken: boolean; readonly effects: readonly TableEffect[] } {
    const isTaken = this.#copies.fillPinned(handle);
    return { isTaken, effects: this.#take() };
  }

  /** Takes the page out of every tier, unless it is wanted or a reader or a move has it. */
  takeOut(handle: PageHandle): { readonly isOut: boolean; readonly effects: readonly TableEffect[] } {
    if (this.places.isBusy(handle) || this.records.isWanted(handle)) return stays;
    const page = this.records.page(handle);
    for (const from of this.places.tiersOf(handle)) this.#effects.push({ kind: 'remove', page, from });
    this.places.takeOut(handle);
    this.#copies.retry();
    this.#settle(handle);
    return { isOut: true, effects: this.#take() };
  }

  /** Room for a page given from outside, held by who asks. With `wait`, ask again after the next event. */
  takeIn(handle: PageHandle): { readonly intake: Intake; readonly effects: readonly TableEffect[] } {
    const intake = this.#copies.takeIn(handle);
    return { intake, effects: this.#take() };
  }

  #apply(event: TableEvent): void {
    switch (event.kind) {
      case 'found':
        this.#used.use(this.records.blockOf(event.handle), null, this.#nowMs, true);
        this.#disk.expect(event.handle);
        this.#disk.arrive(event.handle, true);
        this.#settle(event.handle);
        break;
      case 'opened':
        this.#copies.trimDisk();
        break;
      case 'sealed':
        this.#sealed(event.handle, event.request);
        break;
      case 'tailDropped':
        this.#device.dropTail();
        break;
      case 'held':
        this.#held(event.handle, event.request);
        break;
      case 'letGo':
      case 'leftWindow':
        this.#letGo(event.handle, event.kind === 'leftWindow');
        break;
      case 'loaded':
        this.#device.arrive(event.handle, event.ok);
        if (event.ok && event.from === 'disk') this.#copies.copyPassing(event.handle);
        this.#settle(event.handle);
        break;
      case 'stored':
        this.#stored(event.handle, event.to, event.ok);
        break;
      case 'dropped':
        this.#disk.left(event.handle);
        this.#copies.retry();
        this.#settle(event.handle);
        break;
      case 'lost':
        this.#lost(event.handle, event.tier);
        break;
      case 'diskWritable':
        this.#copies.setDiskWritable(event.isWritable);
        break;
      case 'pinsChanged':
        this.records.setPinnedBlocks(event.blocks);
        this.#copies.retry();
    }
  }

  #sealed(handle: PageHandle, request: PageRequest | null): void {
    const block = this.records.blockOf(handle);
    this.#used.use(block, request, this.#nowMs, false);
    this.#device.seatTail(handle);
    this.#held(handle, request);
    if (!this.copyPolicies.isDeferred(block)) this.#copies.copyToPinned(handle);
    this.#copies.wantDisk(handle);
    this.#settle(handle);
  }

  #held(handle: PageHandle, request: PageRequest | null): void {
    const isFirst = this.records.hold(handle);
    this.#accessBlock(handle, request);
    if (!isFirst) return;
    this.#device.setNeeded(handle, true);
    this.places.setOld(handle, false);
    if (this.places.isWhole(handle)) this.#copies.wantDisk(handle);
  }

  #accessBlock(handle: PageHandle, request: PageRequest | null): void {
    const block = this.records.blockOf(handle);
    this.#used.use(block, request, this.#nowMs, this.places.isWhole(handle));
    this.places.accessBlock(block);
  }

  #letGo(handle: PageHandle, isOld: boolean): void {
    if (!isOld) this.#accessBlock(handle, null);
    if (!this.records.letGo(handle)) return;
    this.#device.setNeeded(handle, false);
    if (isOld) {
      this.records.markOld(handle);
      this.places.setOld(handle, true);
    }
    this.#copies.retry();
    this.#settle(handle);
  }

  #stored(handle: PageHandle, to: LowerTierName, ok: boolean): void {
    if (to === 'pinned') this.places.pinned.arrive(handle, ok);
    else {
      this.#disk.arrive(handle, ok);
      this.#copies.diskStored(handle, ok);
    }
    if (ok && to === 'pinned') this.#copies.wantDisk(handle);
    this.#settle(handle);
  }

  #lost(handle: PageHandle, tier: LowerTierName): void {
    const places = this.places[tier];
    if (places.isHere(handle)) {
      places.leave(handle);
      places.left(handle);
    }
    if (tier === 'disk' && this.places.isWhole(handle)) this.#copies.wantDisk(handle);
    this.#copies.retry();
    this.#settle(handle);
  }

  /** Announces a page that came or went, and forgets one that is nowhere and that nobody holds. */
  #settle(handle: PageHandle): void {
    const isWhole = this.places.isWhole(handle);
    const kind = this.#announced.change(handle, isWhole);
    if (kind !== null) this.#effects.push({ kind, id: this.records.page(handle).id });
    if (isWhole) return;
    this.#copies.forget(handle);
    if (this.places.isBelow(handle) || this.places.isRead(handle) || this.records.isHeld(handle)) return;
    if (this.#device.isInUse(handle)) return;
    const at = this.#device.seatOf(handle);
    if (at === seat.staged) {
      this.#device.leaveStaging(handle);
      this.#effects.push({ kind: 'drop', page: this.records.page(handle), from: 'device' });
    } else if (at !== seat.none) return;
    this.records.drop(handle);
  }

  #take(): readonly TableEffect[] {
    if (this.#effects.length === 0) return nothing;
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}

const admitted = { place: 'hot', effects: nothing } as const;
const streamed = { place: 'staging', effects: nothing } as const;
const stays = { isOut: false, effects: nothing } as const;
