import PQueue from 'p-queue';
import type { BlockKey } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { PageId } from '../core/pageId.js';
import { copyPage, type PageView } from '../core/pageView.js';
import { pageChecksum } from '../transfer/checksum.js';
import type { PageSeal } from '../transfer/lane.js';
import type { MoveOutcome } from '../transfer/moveOutcome.js';
import type { HostThrottled, PageRoom, Reserve, RoomEnd } from '../transfer/pageHost.js';
import type { EffectRunner } from './effectRunner.js';
import { PageBuffers } from './pageBuffers.js';
import type { PageHandle } from './pageHandle.js';
import type { PageRequest } from './pageRequest.js';
import { type StackParts, transferKey } from './stackParts.js';
import type { StoredPage } from './tier.js';

const stored: RoomEnd = { kind: 'stored' };
const corrupt: RoomEnd = { kind: 'corrupt' };
const full: RoomEnd = { kind: 'full' };

/** Takes in pages that somebody computed elsewhere. They never touch the device. */
export class PageIntake {
  /** Pages whose room is reserved. */
  readonly #coming = new Set<PageHandle>();
  readonly #parts: StackParts;
  readonly #runner: EffectRunner;
  /** As many as rooms that may be reserved. */
  readonly #buffers: PageBuffers;
  readonly #throttled: HostThrottled;
  #given: { readonly block: BlockKey; readonly request: PageRequest } | null = null;
  /** Those who wait for room get it one after the other. */
  readonly #turns = new PQueue({ concurrency: 1 });

  constructor(parts: StackParts, runner: EffectRunner) {
    this.#parts = parts;
    this.#runner = runner;
    this.#buffers = new PageBuffers(parts.bounds.reservedBytesMax, parts.pageBytes);
    this.#throttled = { kind: 'throttled', retryAfterMs: parts.bounds.retryAfterMs };
  }

  /** Rooms that are reserved and not completed. */
  get rooms(): number {
    return this.#coming.size;
  }

  reserve(id: PageId, seal: PageSeal): Reserve {
    const { disk, table } = this.#parts;
    const known = table.records.find(id);
    if (known !== undefined) {
      if (table.places.isWhole(known)) return { kind: 'present' };
      // It comes, or what is left of it goes: too early to say.
      if (this.#coming.has(known) || table.places.isKnown(known)) return this.#throttled;
    }
    if (this.rooms >= this.#buffers.buffersMax) return this.#throttled;
    const { handle } = table.records.pageFor(id, seal.blockIndex, seal.checksum);
    // Held until it is whole: so far it is nowhere, and would be forgotten.
    this.#runner.tell({ kind: 'held', handle, request: this.#requestOf(id.block) });
    const { isTaken, effects } = table.takePinned(handle);
    this.#runner.run(effects);
    if (isTaken) return this.#pinnedRoom(handle, seal);
    const view = disk === null || disk.isReadOnly ? null : this.#buffers.take();
    if (view !== null) return this.#bufferRoom(handle, seal, view);
    this.#runner.tell({ kind: 'letGo', handle });
    return { kind: 'full' };
  }

  /** What is known of who gives pages: those of one block belong together. */
  #requestOf(block: BlockKey): PageRequest {
    if (this.#given?.block !== block) this.#given = { block, request: this.#parts.requests.next('blocks') };
    return this.#given.request;
  }

  #pinnedRoom(handle: PageHandle, { checksum }: PageSeal): Reserve {
    const { counters, log, pageBytes, pinned, table } = this.#parts;
    const slot = pinned.begin(handle, table.records.layerOf(handle));
    if (slot < 0) throw new KvError('internal', 'the page table counts more pinned slots than there are');
    const view = pinned.encoded === null ? pinned.view(slot) : this.#buffers.take()!; // one a room that may be
    const end = (ok: boolean) => {
      pinned.finish(slot, ok);
      if (pinned.encoded !== null) this.#buffers.giveBack(view);
      if (ok) {
        counters.pinned.storedPages += 1;
        counters.pinned.storedBytes += pageBytes;
        log.noteOf(table.records, handle, 'given from outside');
      }
      this.#runner.tell({ kind: 'stored', handle, to: 'pinned', ok });
      this.#end(handle);
    };
    return this.#room(handle, view, {
      complete: () => {
        const isRight = pinned.encoded?.encode(slot, view, checksum) ?? pageChecksum(view) === checksum;
        end(isRight && this.#isWanted(handle, checksum));
        return isRight ? stored : corrupt;
      },
      abandon: () => end(false),
    });
  }

  #bufferRoom(handle: PageHandle, { checksum }: PageSeal, view: PageView): Reserve {
    const end = () => {
      this.#buffers.giveBack(view);
      this.#end(handle);
    };
    return this.#room(handle, view, {
      complete: async () => {
        const isRight = pageChecksum(view) === checksum;
        const outcome = isRight ? await this.#store(handle, view, checksum) : corrupt;
        if (outcome === stored)
          this.#parts.log.noteOf(this.#parts.table.records, handle, 'given from outside');
        end();
        return outcome;
      },
      abandon: end,
    });
  }

  #room(handle: PageHandle, view: PageView, { complete, abandon }: Omit<PageRoom, 'view'>): Reserve {
    this.#coming.add(handle);
    let isOpen = true;
    const once = () => {
      if (!isOpen) throw new KvError('internal', 'room for a page was ended twice');
      isOpen = false;
    };
    const room: PageRoom = {
      view,
      complete: () => {
        once();
        return complete();
      },
      abandon: () => {
        once();
        abandon();
      },
    };
    return { kind: 'room', room };
  }

  /** Whether the page is to have these bytes: not when a sequence has sealed it meanwhile with others. */
  #isWanted(handle: PageHandle, checksum: bigint): boolean {
    const { records, places } = this.#parts.table;
    if (records.checksumOf(handle) === checksum) return true;
    if (places.isWhole(handle)) return false;
    records.replace(handle, checksum);
    return true;
  }

  #end(handle: PageHandle): void {
    this.#coming.delete(handle);
    this.#runner.tell({ kind: 'letGo', handle });
    this.#runner.roomChanged();
  }

  async #store(handle: PageHandle, view: PageView, checksum: bigint): Promise<RoomEnd> {
    const taken = await this.#turns.add(() => this.#place(handle, view, checksum));
    return taken === 'disk' ? this.#storeDisk(this.#parts.table.records.page(handle), view) : taken;
  }

  /** Room for the page that came first among those that wait, and its bytes there if that is in memory. */
  async #place(handle: PageHandle, view: PageView, checksum: bigint): Promise<RoomEnd | 'disk'> {
    const { pacer, table } = this.#parts;
    while (!table.places.isWhole(handle)) {
      if (table.places.isBelow(handle)) {
        await this.#runner.changed();
        continue;
      }
      this.#isWanted(handle, checksum);
      const { intake, effects } = table.takeIn(handle);
      this.#runner.run(effects);
      if (intake === 'pinned') {
        const end = this.#storePinned(table.records.page(handle), view);
        await pacer.next();
        return end;
      }
      if (intake === 'disk') return 'disk';
      if (intake === 'full') return full;
      await this.#runner.changed();
    }
    return stored;
  }

  #storePinned(page: StoredPage, view: PageView): RoomEnd {
    const { counters, pageBytes, pinned } = this.#parts;
    const slot = pinned.begin(page.handle, page.id.layer);
    if (pinned.encoded === null) copyPage(view, pinned.view(slot));
    const ok = pinned.encoded?.encode(slot, view, page.checksum) ?? true;
    pinned.finish(slot, ok);
    if (ok) {
      counters.pinned.storedPages += 1;
      counters.pinned.storedBytes += pageBytes;
    }
    this.#runner.tell({ kind: 'stored', handle: page.handle, to: 'pinned', ok });
    return ok ? stored : corrupt;
  }

  #storeDisk(page: StoredPage, view: PageView): Promise<RoomEnd> {
    const { counters, engine, pageBytes } = this.#parts;
    const task = {
      key: transferKey(page.handle, 'disk'),
      class: 'writeBack',
      bytes: pageBytes,
      to: 'disk',
      reserve: () => true,
      move: async () => {
        const outcome = await this.#write(page, view);
        await this.#parts.pacer.next();
        return outcome;
      },
    } as const;
    return new Promise((resolve) => {
      engine.request(task, (end) => {
        const ok = end.kind === 'moved';
        if (ok) {
          counters.disk.storedPages += 1;
          counters.disk.storedBytes += pageBytes;
        }
        this.#runner.tell({ kind: 'stored', handle: page.handle, to: 'disk', ok });
        this.#runner.roomChanged();
        if (ok) resolve(stored);
        else resolve(end.kind === 'failed' ? end : full);
      });
    });
  }

  async #write(page: StoredPage, view: PageView): Promise<MoveOutcome> {
    const { clock, disk, pageBytes } = this.#parts;
    const startMs = clock.monotonicMs();
    const start = disk?.prepareStore(page);
    if (disk === null || start?.kind !== 'ready') return { kind: 'full' };
    start.lease.write(view);
    const end = await disk.completeStore(start.lease, true);
    if (end.kind === 'stored') {
      return { kind: 'moved', from: 'client', bytes: pageBytes, ms: clock.monotonicMs() - startMs };
    }
    return end.kind === 'failed' ? end : { kind: 'full' };
  }
}
