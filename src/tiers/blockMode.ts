import type { PageId } from '../core/pageId.js';
import { copyPage, type PageView } from '../core/pageView.js';
import { pageChecksum } from '../transfer/checksum.js';
import type { EffectRunner } from './effectRunner.js';
import type { PageLoader } from './pageLoader.js';
import type { StackParts } from './stackParts.js';
import type { StoredPage } from './tier.js';
import type { GetOutcome, PutOutcome } from './tierStack.js';

export type PutEnd = Exclude<PutOutcome, { kind: 'full' }> | 'full';

const stored: PutEnd = { kind: 'stored' };
const present: PutEnd = { kind: 'present' };
const corrupt: PutEnd = { kind: 'corrupt' };

/** Pages that come from and go to somebody who computes KV elsewhere. They never touch the device. */
export class BlockMode {
  readonly #parts: StackParts;
  readonly #runner: EffectRunner;
  readonly #loader: PageLoader;

  constructor(parts: StackParts, runner: EffectRunner, loader: PageLoader) {
    this.#parts = parts;
    this.#runner = runner;
    this.#loader = loader;
  }

  async put(id: PageId, blockIndex: number, view: PageView, checksum: bigint): Promise<PutEnd> {
    const { log, pageBytes, table } = this.#parts;
    const halfBytes = pageBytes / 2;
    if (view.k.length !== halfBytes || view.v.length !== halfBytes) return corrupt;
    if (pageChecksum(view) !== checksum) return corrupt;
    const page = table.pageFor(id, blockIndex, checksum);
    if (table.places.isKnown(page.handle)) return present;
    if (page.checksum !== checksum) table.records.replace(page.handle, checksum);
    // Held while it is stored: so far it is nowhere, and would be forgotten.
    this.#runner.tell({ kind: 'held', handle: page.handle });
    const end = await this.#store(table.records.page(page.handle), view);
    if (end === stored) log.note(page, 'given from outside');
    this.#runner.tell({ kind: 'letGo', handle: page.handle });
    return end;
  }

  async get(id: PageId): Promise<GetOutcome> {
    const { device, pageBytes, pinned, table } = this.#parts;
    const handle = table.records.find(id);
    if (handle === undefined || !table.places.isWhole(handle)) return { kind: 'miss' };
    const page = table.records.page(handle);
    const view = { k: new Uint8Array(pageBytes / 2), v: new Uint8Array(pageBytes / 2) };
    for (const tier of [device, pinned]) {
      const slot = tier.wholeSlot(handle);
      if (slot < 0) continue;
      copyPage(tier.view(slot), view);
      const isRight = this.#parts.verify === 'boundary' || pageChecksum(view) === page.checksum;
      return isRight ? { kind: 'hit', view, checksum: page.checksum, from: tier.name } : { kind: 'corrupt' };
    }
    return this.#getFromDisk(page, view);
  }

  async #store(page: StoredPage, view: PageView): Promise<PutEnd> {
    const { table } = this.#parts;
    for (;;) {
      const { intake, effects } = table.takeIn(page.handle);
      this.#runner.run(effects);
      switch (intake) {
        case 'pinned':
          return this.#storePinned(page, view);
        case 'disk':
          return this.#storeDisk(page, view);
        case 'full':
          return 'full';
        case 'wait':
          await this.#runner.changed();
      }
      if (table.places.isKnown(page.handle)) return present;
    }
  }

  #storePinned(page: StoredPage, view: PageView): PutEnd {
    const { counters, pageBytes, pinned } = this.#parts;
    const slot = pinned.begin(page);
    copyPage(view, pinned.view(slot));
    pinned.finish(slot, true);
    counters.pinned.storedPages += 1;
    counters.pinned.storedBytes += pageBytes;
    this.#runner.tell({ kind: 'stored', handle: page.handle, to: 'pinned', ok: true });
    return stored;
  }

  async #storeDisk(page: StoredPage, view: PageView): Promise<PutEnd> {
    const { counters, disk, pageBytes } = this.#parts;
    const start = disk?.prepareStore(page);
    let end: PutEnd = 'full';
    if (disk !== null && start?.kind === 'ready') {
      start.lease.write(view);
      const outcome = await disk.completeStore(start.lease, true);
      if (outcome.kind === 'stored') end = stored;
      else if (outcome.kind === 'failed') end = outcome;
    }
    if (end === stored) {
      counters.disk.storedPages += 1;
      counters.disk.storedBytes += pageBytes;
    }
    this.#runner.tell({ kind: 'stored', handle: page.handle, to: 'disk', ok: end === stored });
    this.#runner.roomChanged();
    return end;
  }

  async #getFromDisk(page: StoredPage, view: PageView): Promise<GetOutcome> {
    const { disk, table } = this.#parts;
    const start = disk?.prepareLoad(page);
    if (disk === null || start?.kind !== 'hit') return { kind: 'miss' };
    table.beginRead(page.handle, 'disk');
    const outcome = await start.lease.read(view);
    disk.completeLoad(start.lease);
    table.endRead(page.handle, 'disk');
    this.#loader.noteDiskRead(page.handle, outcome);
    if (outcome.kind === 'read') return { kind: 'hit', view, checksum: page.checksum, from: 'disk' };
    return outcome.kind === 'corrupt' ? { kind: 'corrupt' } : outcome;
  }
}
