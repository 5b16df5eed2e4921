import type { Geometry } from '../core/geometry.js';
import { pageBytes } from '../core/geometry.js';
import type { PageView } from '../core/pageView.js';
import { MappedSlab } from '../memory/mappedSlab.js';
import { pageChecksum } from '../transfer/checksum.js';
import type { EffectRunner } from './effectRunner.js';
import type { PageHandle } from './pageHandle.js';
import type { PageLoader } from './pageLoader.js';
import type { StackParts } from './stackParts.js';

/** Verifies the copies of a page below the device, where they lie; what is wrong is counted and removed. */
export class PageCheck {
  readonly #parts: StackParts;
  readonly #runner: EffectRunner;
  readonly #loader: PageLoader;
  readonly #bytes: number;
  /** Mapped, so that it can be read to past the page cache; made when a page is first read. */
  #scratch: MappedSlab | undefined;

  constructor(parts: StackParts, runner: EffectRunner, loader: PageLoader, geometry: Geometry) {
    this.#parts = parts;
    this.#runner = runner;
    this.#loader = loader;
    this.#bytes = pageBytes(geometry);
  }

  /** Bytes read. One at a time. */
  async check(handle: PageHandle): Promise<number> {
    const pinnedBytes = this.#checkPinned(handle);
    return pinnedBytes + (await this.#checkDisk(handle));
  }

  /** Nothing may be checked any more. */
  close(): void {
    this.#scratch?.close();
  }

  #checkPinned(handle: PageHandle): number {
    const { counters, hooks, log, pinned, table } = this.#parts;
    const slot = pinned.wholeSlot(handle);
    if (slot < 0) return 0;
    const page = table.records.page(handle);
    const bytes = pinned.pageBytes;
    if (pinned.encoded?.isRight(slot) ?? pageChecksum(pinned.view(slot)) === page.checksum) return bytes;
    // One that somebody reads or is lent stays: it is found again in the next round.
    if (pinned.drop(handle).kind === 'removed') {
      const { block, layer } = page.id;
      counters.pinned.corrupt += 1;
      log.note(page, 'corrupt in pinned memory');
      hooks.warn?.('a page in pinned memory is corrupt and was removed', { block, layer });
      this.#runner.tell({ kind: 'lost', handle, tier: 'pinned' });
    }
    return bytes;
  }

  async #checkDisk(handle: PageHandle): Promise<number> {
    const { disk, table } = this.#parts;
    if (disk === null || !table.places.disk.isHere(handle)) return 0;
    const start = disk.prepareLoad(table.records.page(handle));
    if (start.kind !== 'hit') return 0;
    table.beginRead(handle, 'disk');
    const outcome = await start.lease.read(this.#view());
    disk.completeLoad(start.lease);
    this.#loader.noteDiskRead(handle, outcome);
    this.#runner.run(table.endRead(handle, 'disk'));
    this.#runner.roomChanged();
    return this.#bytes;
  }

  #view(): PageView {
    this.#scratch ??= MappedSlab.create(this.#bytes);
    const half = this.#bytes / 2;
    return { k: this.#scratch.view(0, half), v: this.#scratch.view(half, half) };
  }
}
