import { KvError } from '../core/errors.js';
import { copyPage } from '../core/pageView.js';
import type { ByTier, TierName } from '../core/tierName.js';
import { pageChecksum } from '../transfer/checksum.js';
import type { MoveOutcome } from '../transfer/moveOutcome.js';
import type { PageHandle } from './pageHandle.js';
import type { PageEvent } from './pageLog.js';
import { type StackParts, transferKey } from './stackParts.js';
import type { TableEffect, TableEvent } from './tableEvents.js';
import type { RemoveOutcome, StoredPage, StoreEnd } from './tier.js';
import type { InventoryListener } from './tierStack.js';

const droppedFrom = {
  device: 'dropped from the device to make room',
  pinned: 'dropped from pinned memory to make room',
  disk: 'dropped from disk to make room',
} as const satisfies ByTier<PageEvent>;

const removedFrom = {
  device: 'removed from the device',
  pinned: 'removed from pinned memory',
  disk: 'removed from disk',
} as const satisfies ByTier<PageEvent>;

/** Does what the page table says: copies down, removals, announcements. */
export class EffectRunner {
  readonly #parts: StackParts;
  readonly #listeners = new Set<InventoryListener>();
  readonly #due: StoredPage[] = [];
  /** Removals from the disk that are under way. */
  readonly #leaving = new Map<PageHandle, Promise<RemoveOutcome>>();
  #waiting: (() => void)[] = [];
  #depth = 0;

  constructor(parts: StackParts) {
    this.#parts = parts;
  }

  /** Tells the table what happened, and does what it answers. */
  tell(event: TableEvent): void {
    const { clock, prefetched, table } = this.#parts;
    if (event.kind === 'lost' && event.tier === 'pinned') prefetched.left(event.handle, 'pinned');
    this.run(table.handle(event, clock.monotonicMs()));
  }

  run(effects: readonly TableEffect[]): void {
    this.#depth += 1;
    for (const effect of effects) this.#do(effect);
    this.#depth -= 1;
    // The engine may start other transfers, which make room of their own: only when this is through.
    if (this.#depth === 0) this.#askForStores();
  }

  onInventory(listener: InventoryListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves when no copy of the page is being removed from the disk; `removed` also when none was. */
  async gone(handle: PageHandle): Promise<RemoveOutcome> {
    return (await this.#leaving.get(handle)) ?? { kind: 'removed' };
  }

  /** Resolves when pages moved or were let go since. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Room may have come free: those who wait look again. */
  roomChanged(): void {
    if (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve();
    }
    this.#parts.engine.room();
  }

  #do(effect: TableEffect): void {
    switch (effect.kind) {
      case 'store':
        if (effect.to === 'disk') this.#due.push(effect.page);
        else this.#storePinned(effect.page);
        break;
      case 'drop':
        this.#parts.counters[effect.from].evicted += 1;
        this.#drop(effect.page, effect.from, droppedFrom[effect.from]);
        break;
      case 'remove':
        this.#drop(effect.page, effect.from, removedFrom[effect.from]);
        break;
      case 'added':
      case 'removed':
        for (const listener of this.#listeners) listener({ kind: effect.kind, page: effect.id });
    }
  }

  #askForStores(): void {
    for (let page = this.#due.shift(); page !== undefined; page = this.#due.shift()) this.#askForStore(page);
  }

  #askForStore(page: StoredPage): void {
    const { engine, pageBytes } = this.#parts;
    const task = {
      key: transferKey(page.handle, 'disk'),
      class: 'writeBack',
      bytes: pageBytes,
      to: 'disk',
      reserve: () => true,
      move: async () => {
        const outcome = await this.#storeDisk(page);
        await this.#parts.pacer.next();
        return outcome;
      },
    } as const;
    engine.request(task, (end) => {
      // Told here rather than in the move, so that the engine has forgotten the transfer by then.
      this.tell({ kind: 'stored', handle: page.handle, to: 'disk', ok: end.kind === 'moved' });
      this.roomChanged();
    });
  }

  #storePinned(page: StoredPage): void {
    const { clock, counters, device, hooks, log, pageBytes, pinned } = this.#parts;
    const startMs = clock.monotonicMs();
    const deviceSlot = device.wholeSlot(page.handle);
    const slot = pinned.begin(page.handle, page.id.layer);
    if (slot < 0) throw new KvError('internal', 'the page table counts more pinned slots than there are');
    const ok = this.#fillPinned(page, deviceSlot, slot);
    pinned.finish(slot, ok);
    if (ok) {
      counters.pinned.storedPages += 1;
      counters.pinned.storedBytes += pageBytes;
      log.note(page, 'stored in pinned memory');
      hooks.stored?.('pinned', pageBytes, clock.monotonicMs() - startMs);
    } else {
      counters.device.corrupt += 1;
      log.note(page, 'corrupt on the device');
    }
    this.tell({ kind: 'stored', handle: page.handle, to: 'pinned', ok });
  }

  #fillPinned(page: StoredPage, deviceSlot: number, slot: number): boolean {
    const { device, pinned, verify } = this.#parts;
    const from = device.view(deviceSlot);
    if (pinned.encoded !== null)
      return pinned.encoded.encode(slot, from, device.convertedTo(deviceSlot) || page.checksum);
    const to = pinned.view(slot);
    copyPage(from, to);
    return verify === 'boundary' || pageChecksum(to) === page.checksum;
  }

  async #storeDisk(page: StoredPage): Promise<MoveOutcome> {
    const { clock, counters, device, hooks, log, pageBytes, pinned, table } = this.#parts;
    const { handle } = page;
    const from = this.#sourceOf(handle);
    const tier = from === 'pinned' ? pinned : device;
    const slot = tier.wholeSlot(handle);
    if (slot < 0) return { kind: 'miss' };
    const startMs = clock.monotonicMs();
    tier.pin(slot);
    if (from === 'pinned') table.beginRead(handle, 'pinned');
    else table.beginUse(handle);
    const end = await this.#writeRecord(page, from, slot);
    tier.unpin(slot);
    if (from === 'pinned') this.run(table.endRead(handle, 'pinned'));
    else this.run(table.endUse(handle));
    const ms = clock.monotonicMs() - startMs;
    if (end.kind === 'stored') {
      counters.disk.storedPages += 1;
      counters.disk.storedBytes += pageBytes;
      log.note(page, 'stored on disk');
      hooks.stored?.('disk', pageBytes, ms);
      return { kind: 'moved', from, bytes: pageBytes, ms };
    }
    log.note(page, 'not stored on disk');
    if (end.kind !== 'failed') return { kind: 'full' };
    counters.disk.failed += 1;
    return end;
  }

  /**
   * Pinned memory is the better source where it has the page bit by bit: the device's slot is wanted by others.
   * Where it keeps less, it is only when the device has not more.
   */
  #sourceOf(handle: PageHandle): 'pinned' | 'device' {
    const { device, pinned } = this.#parts;
    if (pinned.wholeSlot(handle) < 0) return 'device';
    const slot = pinned.encoded === null ? -1 : device.wholeSlot(handle);
    return slot >= 0 && device.convertedTo(slot) === 0n ? 'device' : 'pinned';
  }

  async #writeRecord(page: StoredPage, from: 'pinned' | 'device', slot: number): Promise<StoreEnd> {
    const { device, disk, pinned } = this.#parts;
    const start = disk?.prepareStore(page);
    if (disk === null || start?.kind !== 'ready') return { kind: 'full' };
    const { lease } = start;
    const converted = from === 'device' ? device.convertedTo(slot) : 0n;
    if (from === 'pinned' && pinned.encoded !== null) disk.writeLossy(lease, pinned.encoded.page(slot));
    else if (converted !== 0n)
      disk.writeLossy(lease, { kind: 'converted', view: device.view(slot), checksum: converted });
    else lease.write((from === 'pinned' ? pinned : device).view(slot));
    return disk.completeStore(lease, true);
  }

  #drop(page: StoredPage, from: TierName, event: PageEvent): void {
    const { device, log, pinned, prefetched } = this.#parts;
    log.note(page, event);
    if (from === 'disk') {
      this.#leaving.set(page.handle, this.#dropFromDisk(page));
      return;
    }
    prefetched.left(page.handle, from);
    const { kind } = (from === 'device' ? device : pinned).remove(page);
    if (kind !== 'removed') throw new KvError('internal', `a page to be dropped from ${from} is ${kind}`);
  }

  async #dropFromDisk(page: StoredPage): Promise<RemoveOutcome> {
    const end = (await this.#parts.disk?.remove(page)) ?? { kind: 'absent' };
    this.#leaving.delete(page.handle);
    this.tell({ kind: 'dropped', handle: page.handle });
    this.roomChanged();
    return end;
  }
}
