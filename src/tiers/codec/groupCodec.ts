import { KvError } from '../../core/errors.js';
import type { Geometry } from '../../core/geometry.js';
import type { PageView } from '../../core/pageView.js';
import type { TierName } from '../../core/tierName.js';
import { groupScale } from './groupScale.js';
import { codecSliceBytes, type NextTurn, type PageCodec } from './pageCodec.js';

export type GroupBits = 4 | 8;

/** Tokens that share a scale, in each channel of each head: fewer where a step is coarser. */
const groupTokens = { 8: 64, 4: 32 } as const;
const ids = { 8: 1, 4: 2 } as const;

/** Adding and taking it away rounds to a whole number, halves to the even one. */
const rounder = 1.5 * 2 ** 52;

/**
 * Pages of float32 as whole numbers of 8 or 4 bits, with a float32 scale for each head, channel and group of
 * tokens. An encoded value is at most half a scale from the one it stands for, and zero stays zero. Values of
 * a group that are all below 127 · 2^-126 become zero. A group with a NaN or an infinity in it decodes to NaN
 * throughout: a broken page stays visibly broken.
 *
 * Layout, little-endian: scales `[2][kvHeads][groups][headDim]` float32, then values
 * `[2][kvHeads][blockTokens][headDim]`, int8 or nibbles (offset 8, the earlier in the low half).
 */
export class GroupCodec implements PageCodec {
  readonly name: string;
  readonly id: number;
  readonly version = 1;
  readonly isLossless = false;
  readonly encodedBytes: number;
  readonly lengths: readonly number[];
  readonly #bits: GroupBits;
  readonly #heads: number;
  readonly #headDim: number;
  readonly #headValues: number;
  readonly #groupTokens: number;
  /** Of one head of K or V. */
  readonly #headScales: number;

  /**
   * @param tier that is to hold the pages.
   * @throws KvError `unsupported` for pages that are not float32, or of an odd number of channels.
   */
  constructor(
    bits: GroupBits,
    { kvHeads, headDim, blockTokens, dtype }: Geometry,
    tier: Exclude<TierName, 'device'> = 'disk',
  ) {
    const where = `int${bits} ${tier === 'disk' ? 'on disk' : 'in pinned memory'}`;
    if (dtype !== 'f32') {
      throw new KvError(
        'unsupported',
        `${where} is made of f32 pages, and these are ${dtype}; leave --${tier}-dtype out, or take f32 pages`,
      );
    }
    if (headDim % 2 !== 0) {
      throw new KvError('unsupported', `${where} is made of an even number of channels, not ${headDim}`);
    }
    this.name = `int${bits}`;
    this.id = ids[bits];
    this.#bits = bits;
    this.#heads = 2 * kvHeads;
    this.#headDim = headDim;
    this.#headValues = blockTokens * headDim;
    this.#groupTokens = Math.min(groupTokens[bits], blockTokens);
    this.#headScales = (blockTokens / this.#groupTokens) * headDim;
    this.encodedBytes = this.#heads * (4 * this.#headScales + (this.#headValues * bits) / 8);
    this.lengths = [this.encodedBytes];
  }

  async encode(from: PageView, into: Uint8Array, nextTurn: NextTurn): Promise<number> {
    for (let head = 0; head < this.#heads; head += 1) {
      if (this.#isSliceFull(head)) await nextTurn();
      this.#encodeHead(head, from, into);
    }
    return this.encodedBytes;
  }

  async decode(from: Uint8Array, into: PageView, nextTurn: NextTurn): Promise<boolean> {
    if (from.length !== this.encodedBytes) return false;
    for (let head = 0; head < this.#heads; head += 1) {
      if (this.#isSliceFull(head)) await nextTurn();
      this.#decodeHead(head, from, into);
    }
    return true;
  }

  /** As `encode`, in this turn. @param into as long as `encodedBytes`. */
  encodeNow(from: PageView, into: Uint8Array): void {
    for (let head = 0; head < this.#heads; head += 1) this.#encodeHead(head, from, into);
  }

  /** As `decode`, in this turn. @param from as long as `encodedBytes`. */
  decodeNow(from: Uint8Array, into: PageView): void {
    for (let head = 0; head < this.#heads; head += 1) this.#decodeHead(head, from, into);
  }

  /** Whether the heads since the last turn were as many as go into one. */
  #isSliceFull(head: number): boolean {
    const heads = Math.max(1, Math.ceil(codecSliceBytes / (4 * this.#headValues)));
    return head > 0 && head % heads === 0;
  }

  #encodeHead(head: number, page: PageView, encoded: Uint8Array): void {
    const values = this.#valuesOf(head, page);
    const scales = this.#scalesOf(head, encoded);
    const codes = this.#codesOf(head, encoded);
    this.#findScales(values, scales);
    if (this.#bits === 8) this.#encode8(values, scales, signed(codes));
    else this.#encode4(values, scales, codes);
  }

  #decodeHead(head: number, encoded: Uint8Array, page: PageView): void {
    const values = this.#valuesOf(head, page);
    const scales = this.#scalesOf(head, encoded);
    const codes = this.#codesOf(head, encoded);
    if (this.#bits === 8) this.#decode8(signed(codes), scales, values);
    else this.#decode4(codes, scales, values);
  }

  /** Heads of K come first, then those of V. */
  #valuesOf(head: number, page: PageView): Float32Array {
    const plane = head < this.#heads / 2 ? page.k : page.v;
    const at = plane.byteOffset + (head % (this.#heads / 2)) * 4 * this.#headValues;
    return new Float32Array(plane.buffer, at, this.#headValues);
  }

  #scalesOf(head: number, { buffer, byteOffset }: Uint8Array): Float32Array {
    return new Float32Array(buffer, byteOffset + head * 4 * this.#headScales, this.#headScales);
  }

  #codesOf(head: number, encoded: Uint8Array): Uint8Array {
    const bytes = (this.#headValues * this.#bits) / 8;
    const from = this.#heads * 4 * this.#headScales + head * bytes;
    return encoded.subarray(from, from + bytes);
  }

  /** Goes down two channels at a time, as all below: their scales stay in registers, a group in the cache. */
  #findScales(values: Float32Array, scales: Float32Array): void {
    const dim = this.#headDim;
    const groupValues = this.#groupTokens * dim;
    const levels = this.#bits === 8 ? 127 : 7;
    for (let to = 0, at = 0; to < scales.length; to += dim, at += groupValues) {
      for (let c = 0; c < dim; c += 2) {
        let first = 0;
        let second = 0;
        // The largest of anything and NaN is NaN.
        for (let i = at + c, end = i + groupValues; i < end; i += dim) {
          first = Math.max(first, Math.abs(values[i]!));
          second = Math.max(second, Math.abs(values[i + 1]!));
        }
        scales[to + c] = groupScale(first, levels);
        scales[to + c + 1] = groupScale(second, levels);
      }
    }
  }

  #encode8(values: Float32Array, scales: Float32Array, codes: Int8Array): void {
    const dim = this.#headDim;
    const groupValues = this.#groupTokens * dim;
    for (let from = 0, at = 0; from < scales.length; from += dim, at += groupValues) {
      for (let c = 0; c < dim; c += 2) {
        const first = inverse(scales[from + c]!);
        const second = inverse(scales[from + c + 1]!);
        for (let i = at + c, end = i + groupValues; i < end; i += dim) {
          codes[i] = values[i]! * first + rounder - rounder;
          codes[i + 1] = values[i + 1]! * second + rounder - rounder;
        }
      }
    }
  }

  #decode8(codes: Int8Array, scales: Float32Array, values: Float32Array): void {
    const dim = this.#headDim;
    const groupValues = this.#groupTokens * dim;
    for (let from = 0, at = 0; from < scales.length; from += dim, at += groupValues) {
      for (let c = 0; c < dim; c += 2) {
        const first = scales[from + c]!;
        const second = scales[from + c + 1]!;
        for (let i = at + c, end = i + groupValues; i < end; i += dim) {
          values[i] = codes[i]! * first;
          values[i + 1] = codes[i + 1]! * second;
        }
      }
    }
  }

  #encode4(values: Float32Array, scales: Float32Array, codes: Uint8Array): void {
    const dim = this.#headDim;
    const groupValues = this.#groupTokens * dim;
    for (let from = 0, at = 0; from < scales.length; from += dim, at += groupValues) {
      for (let c = 0; c < dim; c += 2) {
        const first = inverse(scales[from + c]!);
        const second = inverse(scales[from + c + 1]!);
        for (let i = at + c, end = i + groupValues; i < end; i += dim) {
          codes[i >> 1] = nibble(values[i]! * first) | (nibble(values[i + 1]! * second) << 4);
        }
      }
    }
  }

  #decode4(codes: Uint8Array, scales: Float32Array, values: Float32Array): void {
    const dim = this.#headDim;
    const groupValues = this.#groupTokens * dim;
    for (let from = 0, at = 0; from < scales.length; from += dim, at += groupValues) {
      for (let c = 0; c < dim; c += 2) {
        const first = scales[from + c]!;
        const second = scales[from + c + 1]!;
        for (let i = at + c, end = i + groupValues; i < end; i += dim) {
          const code = codes[i >> 1]!;
          values[i] = ((code & 15) - 8) * first;
          values[i + 1] = ((code >> 4) - 8) * second;
        }
      }
    }
  }
}

const signed = (codes: Uint8Array): Int8Array => new Int8Array(codes.buffer, codes.byteOffset, codes.length);

const inverse = (scale: number): number => (scale === 0 ? 0 : 1 / scale);

/** A whole number from -7 to 7, as 1 to 15; NaN as 0. */
function nibble(value: number): number {
  return (value + rounder - rounder + 8) & 15;
}
