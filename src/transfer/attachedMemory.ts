import { KvError } from '../core/errors.js';
import type { PageView } from '../core/pageView.js';
import { SharedRegion } from '../memory/sharedRegion.js';
import { SharedSlabReader } from '../memory/sharedSlabReader.js';
import { SegmentSlots } from './segmentSlots.js';
import type { SharedMemoryPlaces } from './sharedPayloads.js';

/** The asking end of the memory that one connection shares. */
export class AttachedMemory {
  /** Slots of the segment, which this end gives out. */
  readonly slots: SegmentSlots;
  readonly #arena: SharedSlabReader | null;
  readonly #segment: SharedRegion;
  readonly #halfBytes: number;
  /** Made once for each slot: pages come by the thousand. */
  readonly #arenaViews: (PageView | undefined)[] = [];
  readonly #segmentViews: (PageView | undefined)[] = [];
  #isGone = false;

  private constructor(arena: SharedSlabReader | null, segment: SharedRegion, halfBytes: number) {
    this.#arena = arena;
    this.#segment = segment;
    this.#halfBytes = halfBytes;
    this.slots = new SegmentSlots(segment.slots);
  }

  /** @throws KvError `unsupported` where this process cannot map it, `invalid` for slots that hold no page */
  static open({ arena, segment }: SharedMemoryPlaces, halfBytes: number): AttachedMemory {
    for (const { slotBytes } of arena === null ? [segment] : [arena, segment]) {
      if (slotBytes < 2 * halfBytes) throw new KvError('invalid', `slots of ${slotBytes} bytes hold no page`);
    }
    const opened = SharedRegion.open(segment, 'readWrite');
    if (opened.kind === 'refused') throw cannotMap(opened.reason);
    const { region } = opened;
    region.closeFile(); // the mapping holds the memory
    if (arena === null) return new AttachedMemory(null, region, halfBytes);
    const reader = SharedSlabReader.open(arena);
    if (reader.kind === 'open') return new AttachedMemory(reader.reader, region, halfBytes);
    region.close('unmap');
    throw cannotMap(reader.reason);
  }

  /** Nothing may be read any more: what was lent has been taken back. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Where a page lies that was lent from the arena. @throws KvError `invalid` where there is no such slot */
  arenaView(slot: number): PageView {
    const arena = this.#arena;
    if (arena === null || slot >= arena.slots)
      throw new KvError('invalid', `slot ${slot} was lent of no arena`);
    const at = slot * arena.slotBytes;
    this.#arenaViews[slot] ??= pageAt((offset, length) => arena.view(offset, length), at, this.#halfBytes);
    return this.#arenaViews[slot];
  }

  /** Whether all that was read of an arena slot so far was the page that was lent. */
  isStill(slot: number, generation: number): boolean {
    return !this.#isGone && this.#arena?.isStill(slot, generation) === true;
  }

  segmentView(slot: number): PageView {
    const { parts, slotBytes } = this.#segment;
    const at = slot * slotBytes;
    this.#segmentViews[slot] ??= pageAt((offset, length) => parts.view(offset, length), at, this.#halfBytes);
    return this.#segmentViews[slot];
  }

  /** The connection is gone. Views that somebody kept show zeros from now on. */
  close(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#arena?.close();
    this.#segment.close('retire');
  }
}

function pageAt(view: (offset: number, length: number) => Uint8Array, at: number, half: number): PageView {
  return { k: view(at, half), v: view(at + half, half) };
}

function cannotMap(reason: string): KvError {
  return new KvError('unsupported', `the memory of the other side cannot be mapped here: ${reason}`);
}
