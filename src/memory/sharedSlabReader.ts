import { memoryFence } from './memoryFence.js';
import { type RegionPlace, SharedRegion } from './sharedRegion.js';

export type OpenReader =
  | { readonly kind: 'open'; readonly reader: SharedSlabReader }
  | { readonly kind: 'refused'; readonly reason: string };

/** The slots of another process, to read only: writing to a view ends this process. */
export class SharedSlabReader {
  readonly slots: number;
  readonly slotBytes: number;
  readonly #region: SharedRegion;

  private constructor(region: SharedRegion) {
    this.#region = region;
    this.slots = region.slots;
    this.slotBytes = region.slotBytes;
  }

  /** The page table is set up in the background, so that first reads are not slow. */
  static open(place: RegionPlace): OpenReader {
    const opened = SharedRegion.open(place, 'read');
    if (opened.kind === 'refused') return opened;
    const { region } = opened;
    region.closeFile(); // the mapping holds the memory
    void region.populate();
    return { kind: 'open', reader: new SharedSlabReader(region) };
  }

  /** @throws KvError `invalid` outside the slots or past 2 GiB, `internal` after `close` */
  view(offset: number, length: number): Uint8Array {
    return this.#region.parts.view(offset, length);
  }

  /** Whether all that was read of the slot so far was read under this generation. */
  isStill(slot: number, generation: number): boolean {
    memoryFence();
    const now = Atomics.load(this.#region.counts, slot);
    memoryFence();
    return now === generation;
  }

  /** Views that were handed out show zeros from now on. */
  close(): void {
    this.#region.close('retire');
  }
}
