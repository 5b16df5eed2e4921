import { type Geometry, halfPageBytes, pageBytes, slotBytesOf } from '../core/geometry.js';
import type { PageView } from '../core/pageView.js';
import type { SharedSlab, Slab } from '../memory/slab.js';
import type { GroupCodec } from './codec/groupCodec.js';
import { groupCodecOf, type TierDtype } from './codec/tierDtype.js';
import { EncodedSlots } from './encodedSlots.js';
import { SlotTier } from './slotTier.js';
import type { ReadOutcome, StoredPage } from './tier.js';

const nothing = new Uint8Array(0);

/**
 * Pages in host memory, one a slot of the slab, as they are or encoded. Locking its pages is the caller's
 * part. A slab smaller than a slot, or none, makes a tier of no slots.
 */
export class PinnedTier extends SlotTier {
  /** Bytes of a page as it lies here. */
  readonly pageBytes: number;
  /** Null where pages lie as they are. Else nobody may read a slot as a page but through this. */
  readonly encoded: EncodedSlots | null;
  /** The slab, when other processes can map it. */
  readonly #shared: SharedSlab | null;

  /**
   * @param slab a shared one has slots of exactly the size that `pinnedSlotBytes` says.
   * @throws KvError as `groupCodecOf`.
   */
  constructor(slab: Slab | SharedSlab | null, geometry: Geometry, dtype: TierDtype = 'exact') {
    const codec = codecOf(geometry, dtype);
    const bytes = pinnedSlotBytes(geometry, dtype);
    const half = halfPageBytes(geometry);
    const shared = slab !== null && 'advance' in slab ? slab : null;
    const slots = slab === null ? 0 : (shared?.slots ?? Math.floor(slab.sizeBytes / bytes));
    const part = (slot: number, from: number, length: number) => slab!.view(slot * bytes + from, length); // a tier without a slab has no slots to ask for
    super('pinned', {
      slots,
      slotBytes: bytes,
      view: (slot) =>
        codec === null
          ? { k: part(slot, 0, half), v: part(slot, half, half) }
          : { k: part(slot, 0, codec.encodedBytes), v: nothing },
      advance: (slot) => shared?.advance(slot),
    });
    this.#shared = shared;
    this.pageBytes = codec?.encodedBytes ?? 2 * half;
    this.encoded = codec && new EncodedSlots(codec, slots, pageBytes(geometry), (slot) => this.view(slot).k);
  }

  /** The slot as other processes know it, or -1 when they cannot map it, or would find no page in it. */
  sharedSlot(slot: number): number {
    return this.#shared === null || this.encoded !== null ? -1 : slot;
  }

  /** Count of the slot's tenants; 0 when others cannot map it. */
  generation(slot: number): number {
    return this.#shared?.generation(slot) ?? 0;
  }

  protected override write(page: StoredPage, slot: number, from: PageView): void {
    if (this.encoded === null) super.write(page, slot, from);
    else this.encoded.encode(slot, from, page.checksum);
  }

  protected override read(slot: number, into: PageView): ReadOutcome {
    if (this.encoded === null) return super.read(slot, into);
    const convertedTo = this.encoded.decode(slot, into, 'boundary');
    if (convertedTo !== null) return { kind: 'read', convertedTo };
    return { kind: 'corrupt', reason: 'the checksum of its encoded bytes is wrong' };
  }
}

/** Bytes of the room that one page takes in pinned memory. @throws KvError as `groupCodecOf`. */
export function pinnedSlotBytes(geometry: Geometry, dtype: TierDtype): number {
  return slotBytesOf(codecOf(geometry, dtype)?.encodedBytes ?? pageBytes(geometry));
}

function codecOf(geometry: Geometry, dtype: TierDtype): GroupCodec | null {
  return dtype === 'exact' ? null : groupCodecOf(dtype, geometry, 'pinned');
}
