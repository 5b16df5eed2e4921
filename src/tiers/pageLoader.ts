import { KvError } from '../core/errors.js';
import { copyPage, type PageView } from '../core/pageView.js';
import { pageChecksum } from '../transfer/checksum.js';
import type { MoveOutcome } from '../transfer/moveOutcome.js';
import type { TransferTask } from '../transfer/transferEngine.js';
import type { EffectRunner } from './effectRunner.js';
import { type PageHandle, pageHandle } from './pageHandle.js';
import { type StackParts, transferKey } from './stackParts.js';
import type { LoadStart, ReadOutcome } from './tier.js';
import { type Landed, type LoadPriority, noSlotNow, notInMemory, onItsWay } from './tierStack.js';

/** Brings pages to the device. */
export class PageLoader {
  /** Growing pages that wait for a slot: while there are any, no loaded page takes a hot slot. */
  tailsWaiting = 0;
  readonly #parts: StackParts;
  readonly #runner: EffectRunner;
  /** Pages on the link; nobody else may bring them meanwhile. */
  readonly #crossing = new Set<PageHandle>();

  constructor(parts: StackParts, runner: EffectRunner) {
    this.#parts = parts;
    this.#runner = runner;
  }

  /** As the stack's. */
  loadNow(handle: PageHandle, landed?: Landed): number {
    const { device, engine, link, pinned, table } = this.#parts;
    if (engine.isWaiting('load')) return notInMemory;
    const passing = device.wholeSlot(handle);
    if (passing >= 0) {
      this.pin(handle, passing);
      return passing;
    }
    if (pinned.wholeSlot(handle) < 0 || table.places.isSeated(handle)) return notInMemory;
    if (landed === undefined && !link.isInstant) return notInMemory;
    if (!this.#place(handle)) return noSlotNow;
    const startMs = this.#parts.clock.monotonicMs();
    if (!this.#carry(handle, () => this.#landedLate(handle, startMs, landed))) return onItsWay;
    return this.#landedNow(handle, startMs).kind === 'moved'
      ? device.wholeSlot(handle)
      : this.#unplace(handle);
  }

  /** What was placed does not come from pinned memory. */
  #unplace(handle: PageHandle): typeof notInMemory {
    this.#arrive(handle, 'pinned', false);
    this.#runner.roomChanged();
    return notInMemory;
  }

  /** The transfer of a page from wherever it is by then. */
  taskFor(handle: PageHandle, priority: LoadPriority): TransferTask {
    const { device, pageBytes } = this.#parts;
    // In use from `reserve` or the landing until everybody who waits has heard and pinned it.
    let keptSlot = -1;
    return {
      key: transferKey(handle, 'device'),
      class: priority,
      bytes: pageBytes,
      to: 'device',
      reserve: () => {
        if (this.#crossing.has(handle)) return false;
        keptSlot = device.wholeSlot(handle);
        if (keptSlot < 0) return this.#hasRoomFor(priority) && this.#place(handle);
        this.pin(handle, keptSlot);
        return true;
      },
      move: async () => {
        if (keptSlot >= 0) return { kind: 'moved', from: 'device', bytes: 0, ms: 0 };
        const outcome = await this.#bring(handle);
        if (outcome.kind === 'moved') keptSlot = device.wholeSlot(handle);
        return outcome;
      },
      settled: () => {
        if (keptSlot >= 0) this.unpin(handle, keptSlot);
        else this.#runner.roomChanged();
      },
    };
  }

  /** One more use of a page that is on the device. */
  pin(handle: PageHandle, slot: number): void {
    this.#parts.device.pin(slot);
    this.#parts.table.beginUse(handle);
  }

  unpin(handle: PageHandle, slot: number): void {
    const { device, table } = this.#parts;
    device.unpin(slot);
    this.#runner.run(table.endUse(handle));
    if (!device.isPinned(slot)) this.#runner.roomChanged();
  }

  #hasRoomFor(priority: LoadPriority): boolean {
    const { device } = this.#parts;
    return priority === 'load' || device.freeStaging > (device.slots - device.hotSlots) / 2;
  }

  /** Takes a slot for the page: a hot one if residency wants it, else the next staging slot. */
  #place(handle: PageHandle): boolean {
    const { device, table } = this.#parts;
    const layer = table.records.layerOf(handle);
    if (this.tailsWaiting === 0) {
      const { place, effects } = table.placeLoad(handle);
      this.#runner.run(effects);
      if (place === 'hot') {
        if (device.begin(handle, layer) >= 0) return true;
        throw new KvError('internal', 'the page table counts more device slots than there are');
      }
    }
    const slot = device.nextStaging();
    if (slot < 0) return false;
    const before = device.pageAt(slot);
    if (before >= 0) {
      device.drop(before);
      this.#runner.run(table.leaveStaging(pageHandle(before)));
    }
    device.beginStaged(slot, handle);
    table.expectStaged(handle);
    return true;
  }

  async #bring(handle: PageHandle): Promise<MoveOutcome> {
    const { clock, disk, pinned, table } = this.#parts;
    const wasPinned = pinned.wholeSlot(handle) >= 0;
    if (wasPinned) {
      const startMs = clock.monotonicMs();
      // In the turn in which it lands: later, what is encoded may have gone before it is decoded.
      const outcome = await new Promise<MoveOutcome>((resolve) => {
        const landed = () => resolve(this.#landedNow(handle, startMs));
        if (this.#carry(handle, landed)) landed();
      });
      if (outcome.kind === 'moved') return outcome;
    }
    const start: LoadStart = disk?.prepareLoad(table.records.page(handle)) ?? { kind: 'miss' };
    if (start.kind === 'hit') return this.#readFromDisk(handle, start);
    this.#arrive(handle, 'disk', false);
    return { kind: wasPinned ? 'corrupt' : 'miss' };
  }

  /** Sends the pinned copy over the link; it stays until `landed`. True: it is there, and `landed` is not called. */
  #carry(handle: PageHandle, landed: () => void): boolean {
    const { device, link, pinned, table } = this.#parts;
    const from = pinned.wholeSlot(handle);
    // What is encoded crosses as it lies, and is decoded where it lands.
    const to = pinned.encoded === null ? device.view(device.slotOf(handle)) : pinned.view(from);
    if (link.isInstant) return link.carry(pinned.view(from), to, landed);
    pinned.pin(from);
    table.beginRead(handle, 'pinned');
    this.#crossing.add(handle);
    return link.carry(pinned.view(from), to, () => {
      this.#crossing.delete(handle);
      pinned.unpin(from);
      landed();
      this.#runner.run(table.endRead(handle, 'pinned'));
    });
  }

  #landedLate(handle: PageHandle, startMs: number, landed: Landed | undefined): void {
    const outcome = this.#landedNow(handle, startMs);
    if (outcome.kind === 'moved') landed?.(this.#parts.device.wholeSlot(handle), outcome.ms);
    else landed?.(this.#unplace(handle), 0);
    // Whoever asked for the page meanwhile waits for room.
    this.#runner.roomChanged();
  }

  /** On `corrupt` the pinned copy is gone, and the slot waits for another. */
  #landedNow(handle: PageHandle, startMs: number): MoveOutcome {
    const { clock, counters, log, pinned, table } = this.#parts;
    if (this.#isRight(handle)) {
      this.#arrive(handle, 'pinned', true);
      return this.#count(handle, 'pinned', clock.monotonicMs() - startMs);
    }
    counters.pinned.corrupt += 1;
    log.noteOf(table.records, handle, 'corrupt in pinned memory');
    // A copy that is being written down stays until that is through.
    if (pinned.drop(handle).kind === 'removed') this.#runner.tell({ kind: 'lost', handle, tier: 'pinned' });
    return { kind: 'corrupt' };
  }

  /** Whether the pinned copy, which has landed in the page's slot, is right; an encoded one is decoded to it. */
  #isRight(handle: PageHandle): boolean {
    const { device, pinned, table, verify } = this.#parts;
    const slot = device.slotOf(handle);
    const to = device.view(slot);
    if (pinned.encoded === null)
      return verify === 'boundary' || pageChecksum(to) === table.records.checksumOf(handle);
    const convertedTo = pinned.encoded.decode(pinned.wholeSlot(handle), to, verify);
    if (convertedTo === null) return false;
    device.setConverted(slot, convertedTo);
    return true;
  }

  async #readFromDisk(
    handle: PageHandle,
    { lease }: Extract<LoadStart, { kind: 'hit' }>,
  ): Promise<MoveOutcome> {
    const { clock, device, disk, pinned, table } = this.#parts;
    const startMs = clock.monotonicMs();
    table.beginRead(handle, 'disk');
    const slot = device.slotOf(handle);
    const into = device.view(slot);
    const outcome = await lease.read(into);
    disk?.completeLoad(lease);
    this.noteDiskRead(handle, outcome);
    if (outcome.kind === 'read') await this.#cross(handle);
    this.settleConverted(handle, outcome, into);
    if (outcome.kind === 'read' && pinned.encoded !== null)
      device.setConverted(slot, outcome.convertedTo ?? 0n);
    this.#arrive(handle, 'disk', outcome.kind === 'read');
    this.#runner.run(table.endRead(handle, 'disk'));
    if (outcome.kind !== 'read') return outcome.kind === 'corrupt' ? { kind: 'corrupt' } : outcome;
    return this.#count(handle, 'disk', clock.monotonicMs() - startMs);
  }

  /** A page was read to where it is to lie; to a device it would have come over the link. */
  async #cross(handle: PageHandle): Promise<void> {
    const { device, link } = this.#parts;
    if (link.isInstant) return;
    const view = device.view(device.slotOf(handle));
    await new Promise<void>((landed) => void link.carry(view, view, landed));
  }

  /** Counts how a read from the disk ended, and forgets a copy that turned out to be wrong or gone. */
  noteDiskRead(handle: PageHandle, outcome: ReadOutcome): void {
    const { counters, hooks, log, table } = this.#parts;
    if (outcome.kind === 'read') return;
    const page = table.records.page(handle);
    const { block, layer } = page.id;
    if (outcome.kind === 'failed') {
      counters.disk.failed += 1;
      log.note(page, 'not readable on disk');
      const reason = KvError.from(outcome.cause).message;
      hooks.warn?.(`a page could not be read from disk: ${reason}`, { block, layer });
      return;
    }
    if (outcome.kind === 'corrupt') {
      counters.disk.corrupt += 1;
      log.note(page, 'corrupt on disk');
      hooks.warn?.(`a page on disk is corrupt and was removed: ${outcome.reason}`, { block, layer });
    } else log.note(page, 'missing on disk');
    this.#runner.tell({ kind: 'lost', handle, tier: 'disk' });
  }

  /**
   * A page that a disk gave less precisely has other bytes, and so another checksum. All copies in memory
   * have the same: what is there already is taken instead, if it is right, and else the page is what was read.
   * Not above pinned memory that keeps less, where each copy has its own and the page stays what it was.
   */
  settleConverted(handle: PageHandle, outcome: ReadOutcome, into: PageView): void {
    const { device, pinned, table } = this.#parts;
    if (outcome.kind !== 'read' || outcome.convertedTo === undefined || pinned.encoded !== null) return;
    const known = table.records.checksumOf(handle);
    if (known === outcome.convertedTo) return;
    const pinnedSlot = pinned.wholeSlot(handle);
    const deviceSlot = device.wholeSlot(handle);
    const copies = [
      ...(pinnedSlot >= 0 ? [pinned.view(pinnedSlot)] : []),
      ...(deviceSlot >= 0 ? [device.view(deviceSlot)] : []),
    ];
    const right = copies.find((copy) => copy !== into && pageChecksum(copy) === known);
    if (right === undefined) table.records.replace(handle, outcome.convertedTo);
    else copyPage(right, into);
  }

  /** The page is whole on the device and in use, or its slot is free again. */
  #arrive(handle: PageHandle, from: 'pinned' | 'disk', ok: boolean): void {
    const { device } = this.#parts;
    const slot = device.slotOf(handle);
    device.finish(slot, ok);
    if (ok) this.pin(handle, slot);
    this.#runner.tell({ kind: 'loaded', handle, from, ok });
  }

  #count(handle: PageHandle, from: 'pinned' | 'disk', ms: number): MoveOutcome {
    const { counters, hooks, log, pageBytes, table } = this.#parts;
    if (from === 'disk') counters.pinned.misses += 1;
    counters[from].hits += 1;
    counters[from].loadedPages += 1;
    counters[from].loadedBytes += pageBytes;
    log.noteOf(table.records, handle, from === 'disk' ? 'loaded from disk' : 'loaded from pinned memory');
    hooks.loaded?.(from, pageBytes, ms);
    return { kind: 'moved', from, bytes: pageBytes, ms };
  }
}
