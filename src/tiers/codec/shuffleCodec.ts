import { promisify } from 'node:util';
import { constants, deflateRaw, inflateRaw } from 'node:zlib';
import { dtypeBytes, type Geometry, pageBytes } from '../../core/geometry.js';
import type { PageView } from '../../core/pageView.js';
import { codecSliceBytes, type NextTurn, type PageCodec } from './pageCodec.js';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Lengths are rounded up to this share of a page: each length in use has a data file of its own. */
const lengthsPerPage = 32;
const lengthBytes = 4;

/**
 * The bytes of a page sorted by their place in the number: those with sign and exponent, which are much
 * alike, are deflated in another thread, and those of the fraction, which are not, stay as they are. Which
 * search deflate makes matters little here: one for runs alone is the fastest.
 *
 * Layout: planes of the lower bytes, the lowest first, each K then V; uint32 (little-endian) length of the
 * deflated highest plane; that plane; zeros.
 */
export class ShuffleCodec implements PageCodec {
  readonly name = 'shuffle';
  readonly id = 3;
  readonly version = 1;
  readonly isLossless = true;
  readonly lengths: readonly number[];
  readonly #elementBytes: number;
  /** Elements of K and V together. */
  readonly #elements: number;
  readonly #unitBytes: number;

  constructor(geometry: Geometry) {
    const bytes = pageBytes(geometry);
    this.#elementBytes = dtypeBytes(geometry.dtype);
    this.#elements = bytes / this.#elementBytes;
    this.#unitBytes = Math.ceil(bytes / lengthsPerPage);
    this.lengths = Array.from({ length: lengthsPerPage - 1 }, (_, at) => (at + 1) * this.#unitBytes).filter(
      (length) => length > this.#lowBytes && length < bytes,
    );
  }

  get #lowBytes(): number {
    return (this.#elementBytes - 1) * this.#elements + lengthBytes;
  }

  async encode(from: PageView, into: Uint8Array, nextTurn: NextTurn): Promise<number> {
    const planes = this.#planesOf(into, Buffer.allocUnsafe(this.#elements));
    const high = planes.at(-1)!;
    let plane0 = 0;
    for (const half of [from.k, from.v]) {
      await this.#eachSlice(half, nextTurn, (part, at) => split(part, planes, plane0 + at));
      plane0 += this.#elements / 2;
    }
    const packed = await deflate(high, { level: 1, strategy: constants.Z_RLE });
    const needed = this.#lowBytes + packed.length;
    const length = this.lengths.find((one) => one >= needed);
    if (length === undefined) return 0;
    new DataView(into.buffer, into.byteOffset).setUint32(this.#lowBytes - lengthBytes, packed.length, true);
    into.set(packed, this.#lowBytes);
    into.fill(0, needed, length);
    return length;
  }

  async decode(from: Uint8Array, into: PageView, nextTurn: NextTurn): Promise<boolean> {
    if (!this.lengths.includes(from.length)) return false;
    const packedBytes = new DataView(from.buffer, from.byteOffset).getUint32(
      this.#lowBytes - lengthBytes,
      true,
    );
    const packed = from.subarray(this.#lowBytes, this.#lowBytes + packedBytes);
    const high = await inflate(packed, { maxOutputLength: this.#elements }).catch(() => undefined);
    if (high?.length !== this.#elements) return false;
    const planes = this.#planesOf(from, high);
    let plane0 = 0;
    for (const half of [into.k, into.v]) {
      await this.#eachSlice(half, nextTurn, (part, at) => join(planes, plane0 + at, part));
      plane0 += this.#elements / 2;
    }
    return true;
  }

  #planesOf(encoded: Uint8Array, high: Uint8Array): Uint8Array[] {
    const low = Array.from({ length: this.#elementBytes - 1 }, (_, byte) =>
      encoded.subarray(byte * this.#elements, (byte + 1) * this.#elements),
    );
    return [...low, high];
  }

  /** @param work gets bytes of the half, and the number of their first element in it. */
  async #eachSlice(
    half: Uint8Array,
    nextTurn: NextTurn,
    work: (part: Uint8Array, at: number) => void,
  ): Promise<void> {
    for (let at = 0; at < half.length; at += codecSliceBytes) {
      if (half.length > codecSliceBytes) await nextTurn();
      work(half.subarray(at, at + codecSliceBytes), at / this.#elementBytes);
    }
  }
}

function split(part: Uint8Array, planes: readonly Uint8Array[], at: number): void {
  const [p0, p1, p2, p3] = planes;
  if (p0 === undefined || p1 === undefined) return;
  if (p2 === undefined || p3 === undefined) {
    for (let from = 0, to = at; from < part.length; from += 2, to += 1) {
      p0[to] = part[from]!;
      p1[to] = part[from + 1]!;
    }
    return;
  }
  const words = new Uint32Array(part.buffer, part.byteOffset, part.length / 4);
  for (let from = 0, to = at; from < words.length; from += 1, to += 1) {
    const word = words[from]!;
    p0[to] = word;
    p1[to] = word >>> 8;
    p2[to] = word >>> 16;
    p3[to] = word >>> 24;
  }
}

function join(planes: readonly Uint8Array[], at: number, part: Uint8Array): void {
  const [p0, p1, p2, p3] = planes;
  if (p0 === undefined || p1 === undefined) return;
  if (p2 === undefined || p3 === undefined) {
    for (let to = 0, from = at; to < part.length; to += 2, from += 1) {
      part[to] = p0[from]!;
      part[to + 1] = p1[from]!;
    }
    return;
  }
  const words = new Uint32Array(part.buffer, part.byteOffset, part.length / 4);
  for (let to = 0, from = at; to < words.length; to += 1, from += 1) {
    words[to] = p0[from]! | (p1[from]! << 8) | (p2[from]! << 16) | (p3[from]! << 24);
  }
}
