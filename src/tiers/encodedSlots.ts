import { xxh64 } from '@node-rs/xxhash';
import type { PageView } from '../core/pageView.js';
import { pageChecksum } from '../transfer/checksum.js';
import { AlignedBuffers } from './alignedBuffers.js';
import type { GroupCodec } from './codec/groupCodec.js';
import type { EncodedPage } from './lossyCopy.js';
import type { VerifyMode } from './stackOptions.js';

/** What comes out of a slot has not been looked at yet. */
const unknown = 0n;

/**
 * Pages that lie encoded in slots of memory, and what proves them. Each slot has the checksum of its encoded
 * bytes; the bytes that went in are verified before they are encoded, so that no checksum makes wrong ones
 * right. What comes out is not what went in and has a checksum of its own, found out when it first does.
 */
export class EncodedSlots {
  readonly codec: GroupCodec;
  readonly #bytesOf: (slot: number) => Uint8Array;
  readonly #encodedChecksums: BigUint64Array;
  readonly #checksums: BigUint64Array;
  readonly #scratch: AlignedBuffers;

  /**
   * @param bytesOf the slot's encoded bytes, at a multiple of four.
   * @param pageBytes of a page that is not encoded.
   */
  constructor(codec: GroupCodec, slots: number, pageBytes: number, bytesOf: (slot: number) => Uint8Array) {
    this.codec = codec;
    this.#bytesOf = bytesOf;
    this.#encodedChecksums = new BigUint64Array(slots);
    this.#checksums = new BigUint64Array(slots);
    this.#scratch = new AlignedBuffers(pageBytes);
  }

  /** Room for a page on its way into a slot or out of one; give it back with `giveBack`. */
  takeScratch(): PageView {
    const bytes = this.#scratch.take();
    const half = bytes.length / 2;
    return { k: bytes.subarray(0, half), v: bytes.subarray(half) };
  }

  giveBack({ k, v }: PageView): void {
    this.#scratch.giveBack(new Uint8Array(k.buffer, k.byteOffset, k.length + v.length));
  }

  /** False when `from` is not what its checksum says: the slot holds nothing then. */
  encode(slot: number, from: PageView, checksum: bigint): boolean {
    const isRight = pageChecksum(from) === checksum;
    const bytes = this.#bytesOf(slot);
    this.codec.encodeNow(from, bytes);
    // Whoever reads it all the same finds out.
    this.fill(slot, isRight ? xxh64(bytes) : ~xxh64(bytes));
    return isRight;
  }

  /** Encoded bytes with this checksum were read into the slot's `page`. */
  fill(slot: number, encodedChecksum: bigint): void {
    this.#encodedChecksums[slot] = encodedChecksum;
    this.#checksums[slot] = unknown;
  }

  /** The checksum of what is in `into` now; null when the slot's bytes are wrong. */
  decode(slot: number, into: PageView, verify: VerifyMode): bigint | null {
    const known = this.#checksums[slot]!;
    if (known === unknown && !this.isRight(slot)) return null;
    this.codec.decodeNow(this.#bytesOf(slot), into);
    if (known !== unknown && verify === 'boundary') return known;
    const checksum = pageChecksum(into);
    if (known !== unknown && checksum !== known) return null;
    this.#checksums[slot] = checksum;
    return checksum;
  }

  isRight(slot: number): boolean {
    return xxh64(this.#bytesOf(slot)) === this.#encodedChecksums[slot];
  }

  page(slot: number): EncodedPage {
    const bytes = this.#bytesOf(slot);
    return { kind: 'encoded', codec: this.codec, bytes, checksum: this.#encodedChecksums[slot]! };
  }
}
