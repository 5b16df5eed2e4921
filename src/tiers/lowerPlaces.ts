import { HandleList } from '../policy/handleList.js';
import type { RetentionPolicy } from '../policy/policy.js';
import { grown, int32Column, uint8Column } from './grown.js';
import { LivePolicy } from './livePolicy.js';
import { type PageHandle, pageHandle } from './pageHandle.js';
import type { PageRecords } from './pageRecords.js';
import type { TierPolicy } from './pageTableOptions.js';
import type { TierColumns } from './tierColumns.js';

/** `coming` and `leaving` take room, but only what is `here` is seen. */
export const place = { none: 0, coming: 1, here: 2, leaving: 3 } as const;
export type Place = (typeof place)[keyof typeof place];

/**
 * Which pages a tier below the device holds, and which go when it is full: first pages that left their
 * window, one by one, then whole blocks by retention.
 */
export class LowerPlaces {
  /** Of blocks that have a page here. */
  readonly retention: LivePolicy<RetentionPolicy>;
  readonly #capacity: () => number;
  readonly #records: PageRecords;
  readonly #old = new HandleList();
  #place = new Uint8Array(256);
  #readers = new Int32Array(256);
  #blockPages = new Int32Array(256);
  #used = 0;
  #leaving = 0;

  /** @param capacity pages that fit; it may change where some take less room than others. */
  constructor(
    capacity: () => number,
    records: PageRecords,
    columns: TierColumns,
    policy: TierPolicy<RetentionPolicy>,
  ) {
    this.#capacity = capacity;
    this.#records = records;
    this.retention = new LivePolicy({
      ...policy,
      columns,
      capacity: this.blocksThatFit,
      introduce: (retention, block) => retention.insert(block),
    });
  }

  /** Pages that fit. */
  get capacity(): number {
    return this.#capacity();
  }

  /** Of which all pages are here; a tier that has no room is not asked, and need not be thought of by policies. */
  get blocksThatFit(): number {
    return Math.max(1, Math.floor(this.capacity / this.#records.layersServed));
  }

  get free(): number {
    return this.capacity - this.#used;
  }

  /** Pages whose room will be free soon. */
  get leaving(): number {
    return this.#leaving;
  }

  at(handle: number): Place {
    return (this.#place[handle] ?? place.none) as Place; // written only by the methods below
  }

  isHere(handle: number): boolean {
    return this.at(handle) === place.here;
  }

  /** Whether the page is on its way to this tier or out of it. */
  isMoving(handle: number): boolean {
    const at = this.at(handle);
    return at === place.coming || at === place.leaving;
  }

  /** A copy is being read: the page stays until `endRead`. */
  beginRead(handle: number): void {
    this.#readers = grown(this.#readers, handle, int32Column);
    this.#readers[handle]! += 1;
  }

  endRead(handle: number): void {
    this.#readers[handle]! -= 1;
  }

  isRead(handle: number): boolean {
    return (this.#readers[handle] ?? 0) > 0;
  }

  /** Takes room for a page that is not here. */
  expect(handle: number): void {
    this.#place = grown(this.#place, handle, uint8Column);
    this.#place[handle] = place.coming;
    this.#used += 1;
  }

  /** An expected page is whole, or did not come. */
  arrive(handle: number, ok: boolean): void {
    if (!ok) {
      this.#place[handle] = place.none;
      this.#used -= 1;
      return;
    }
    this.#place[handle] = place.here;
    const block = this.#records.blockOf(handle);
    this.#blockPages = grown(this.#blockPages, block, int32Column);
    this.#blockPages[block]! += 1;
    if (!this.retention.has(block)) {
      this.retention.resize(this.blocksThatFit);
      this.retention.insert(block);
    }
    if (this.#records.isOld(handle)) this.#old.pushBack(handle);
  }

  /** What is here starts to leave: it is seen no more. */
  leave(handle: number): void {
    this.#place[handle] = place.leaving;
    this.#leaving += 1;
    this.#old.remove(handle);
    const block = this.#records.blockOf(handle);
    this.#blockPages[block]! -= 1;
    if (this.#blockPages[block] === 0 && this.retention.has(block)) this.retention.remove(block);
  }

  /** What was leaving is gone. */
  left(handle: number): void {
    this.#place[handle] = place.none;
    this.#leaving -= 1;
    this.#used -= 1;
  }

  /** A sequence took or let go of a page of the block. */
  accessBlock(block: number): void {
    if (this.retention.has(block)) this.retention.access(block);
  }

  /** The page left its window, or is wanted again. */
  setOld(handle: number, isOld: boolean): void {
    if (isOld && this.isHere(handle)) this.#old.pushBack(handle);
    else this.#old.remove(handle);
  }

  /**
   * Pages to drop so that there is room for at least one more: one old page, or those of one block; none
   * when nothing may go. They stay `here` until `leave` is told.
   */
  chooseVictims(mayGo: (handle: PageHandle) => boolean): readonly PageHandle[] {
    const canGo = (handle: PageHandle) => !this.isRead(handle) && mayGo(handle);
    for (let old = this.#old.first; old >= 0; old = this.#old.after(old)) {
      if (canGo(pageHandle(old))) return [pageHandle(old)];
    }
    const eviction = this.retention.evict(
      1,
      (block) => !this.#records.everyPage(block, (handle) => !this.isHere(handle) || canGo(handle)),
    );
    if (eviction.kind === 'none') return [];
    const victims: PageHandle[] = [];
    for (const block of eviction.handles) {
      this.#records.forEachPage(block, (handle) => {
        if (this.isHere(handle)) victims.push(handle);
      });
    }
    return victims;
  }
}
